/** How many keys some work is about, and how exact that number is. */
export interface KnownSize {
  readonly keys: number;
  readonly how: 'exactly' | 'about' | 'atLeast' | 'atMost';
}

/**
 * The size that is known after counting, which may have stopped early. `reported` is the account's number for the whole
 * namespace.
 */
export function sizeBetween(
  { keys, isAll }: { readonly keys: number; readonly isAll: boolean },
  reported: number | undefined,
  isWhole = false,
): KnownSize {
  if (isAll) return { keys, how: 'exactly' };
  if (reported === undefined || reported <= keys) return { keys, how: 'atLeast' };
  return { keys: reported, how: isWhole ? 'about' : 'atMost' };
}
