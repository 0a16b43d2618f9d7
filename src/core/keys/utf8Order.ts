/**
 * Compares by UTF-8 bytes, the order of every KV listing, without encoding. This differs from the order of UTF-16 units
 * only if a surrogate (from U+10000 on) is compared with a unit from U+E000 to U+FFFF. Expects well-formed text.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Moves surrogates after all other UTF-16 units. */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);
