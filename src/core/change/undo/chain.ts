/** What a line of a journal says of a key, by digests; `undefined` for a key that is absent. */
export interface Link {
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Whether it was written. */
  readonly isWritten: 'yes' | 'no' | 'maybe';
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
    if (link.isWritten !== 'no' && state === link.after && link.after !== link.before) {
      state = link.before;
      to = at;
    } else if (state !== link.before) {
      return to === undefined ? 'changed' : { to, isForeign: true };
    }
  }
  return to === undefined ? 'asBefore' : { to, isForeign: false };
}
