/**
 * What a line of a journal that was written, or may have been, says about a key, as digests; `undefined` for a missing
 * key.
 */
export interface Link {
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** `after` has expired since: the key is missing although nobody has changed it. */
  readonly isEnded?: boolean;
  /** Other states that the work may have left; `null` for a missing key. */
  readonly earlier?: readonly (string | null)[] | undefined;
}

/** The result of following a chain back. */
export type Unwound =
  /**
   * The index of the link whose `before` can be restored. `isForeign`: somebody else has changed the key between two
   * links.
   */
  | { readonly to: number; readonly isForeign: boolean }
  /** The key is in the state before all links. */
  | 'asBefore'
  /** The key was changed since. */
  | 'changed';

/**
 * Follows the links of a key back from its present state: several runs of the same work may have changed it, each
 * starting from what the previous one had left.
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
