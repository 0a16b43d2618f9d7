/**
 * What a line of a journal that was, or may have been, written says of a key, by digests; `undefined` for an absent
 * one.
 */
export interface Link {
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** `after` has ended by itself since: nothing is there, and nobody has changed it. */
  readonly isEnded?: boolean;
  /** Other states that the work may have left behind; `null` for an absent key. */
  readonly earlier?: readonly (string | null)[] | undefined;
}

/** What taking a chain back comes to. */
export type Unwound =
  /** The state before this link, from 0. `isForeign`: somebody else has changed the key between two links. */
  | { readonly to: number; readonly isForeign: boolean }
  /** The key is as it was before all of them. */
  | 'asBefore'
  /** It was changed since. */
  | 'changed';

/**
 * Follows the links of one key back from what it is now: several starts of the same work may have changed it, each from
 * what the one before had left.
 */
export function unwind(now: string | undefined, links: readonly Link[]): Unwound {
  let state = now;
  let to: number | undefined;
  for (let at = links.length - 1; at >= 0; at--) {
    const link = links[at];
    if (link === undefined) continue;
    const isOurs =
      state === link.after || (state === undefined && link.isEnded) || link.earlier?.includes(state ?? null);
    if (isOurs && state !== link.before) {
      state = link.before;
      to = at;
    } else if (state !== link.before) {
      return to === undefined ? 'changed' : { to, isForeign: true };
    }
  }
  return to === undefined ? 'asBefore' : { to, isForeign: false };
}
