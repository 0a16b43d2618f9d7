/** How many keys some work is about, and how well that is known. */
export interface KnownSize {
  readonly keys: number;
  readonly how: 'exactly' | 'about' | 'atLeast' | 'atMost';
}

/** What is known when counting was given up; `told` is what the account tells of the whole namespace. */
export function sizeBetween(
  { keys, isAll }: { readonly keys: number; readonly isAll: boolean },
  reported: number | undefined,
  isWhole = false,
): KnownSize {
  if (isAll) return { keys, how: 'exactly' };
  if (reported === undefined || reported <= keys) return { keys, how: 'atLeast' };
  return { keys: reported, how: isWhole ? 'about' : 'atMost' };
}
