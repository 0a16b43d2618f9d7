/** Texts are parsed in pieces of so many bytes, so that what is left behind is small and short-lived. */
const PIECE = 1 << 14;
/** The beginning of an escape at the end of a text, behind an even number of backslashes. */
const HALF_ESCAPE = /(?<=(?:^|[^\\])(?:\\\\)*)\\(?:u[\da-fA-F]{0,3})?$/;
const HIGH_SURROGATE = /[\ud800-\udbff]$/;

/**
 * Writes a text of JSON, as it stands between its quotes in UTF-8, to `target`, which is at least as long, and gives
 * the number of bytes; `undefined` where half of a character is missing. Throws a `SyntaxError` where it is not JSON.
 */
export function unescapeText(text: Buffer, target: Buffer): number | undefined {
  let written = 0;
  /** What goes on in the next piece: JSON, and behind that half of a character. */
  let [begun, half] = ['', ''];
  for (let at = 0; at < text.length; ) {
    const end = endOfCharacter(text, at + PIECE);
    const json = begun + text.toString('utf8', at, end);
    at = end;
    begun = at < text.length ? (HALF_ESCAPE.exec(json)?.[0] ?? '') : '';
    const parsed: string = half + JSON.parse(`"${json.slice(0, json.length - begun.length)}"`);
    half = at < text.length ? (HIGH_SURROGATE.exec(parsed)?.[0] ?? '') : '';
    const whole = parsed.slice(0, parsed.length - half.length);
    if (!whole.isWellFormed()) return undefined;
    written += target.write(whole, written, 'utf8');
  }
  return written;
}

/** The end of the character of UTF-8 that `at` lies in, if it does. */
export function endOfCharacter(bytes: Uint8Array, at: number): number {
  let end = Math.min(at, bytes.length);
  while ((bytes[end] ?? 0) >> 6 === 0b10) end++;
  return end;
}
