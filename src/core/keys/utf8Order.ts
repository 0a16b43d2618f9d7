/**
 * Compares by UTF-8 bytes, the order of every KV listing, without encoding. It differs from the order of UTF-16 units
 * only where a surrogate pair (from U+10000) meets a unit from U+E000 to U+FFFF. For well-formed text.
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

/** Moves surrogates behind everything else of the basic plane. */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);
