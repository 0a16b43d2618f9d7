/** Strings are parsed in pieces of this many bytes, so that the garbage is small and short-lived. */
const PIECE = 1 << 14;
/** An incomplete escape at the end of a text, after an even number of backslashes. */
const HALF_ESCAPE = /(?<=(?:^|[^\\])(?:\\\\)*)\\(?:u[\da-fA-F]{0,3})?$/;
const HIGH_SURROGATE = /[\ud800-\udbff]$/;

/**
 * Decodes the contents of a JSON string, given as UTF-8, into `target`, which must be at least as long. Returns the
 * number of bytes written, or `undefined` if the string has a lone surrogate. Throws a `SyntaxError` if it is not valid
 * JSON.
 */
export function unescapeText(text: Buffer, target: Buffer): number | undefined {
  let written = 0;
  /** What is carried over to the next piece: an incomplete escape, and half a surrogate pair. */
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

/** The end of the UTF-8 character that contains `at`, or `at` itself if it is between characters. */
export function endOfCharacter(bytes: Uint8Array, at: number): number {
  let end = Math.min(at, bytes.length);
  while ((bytes[end] ?? 0) >> 6 === 0b10) end++;
  return end;
}
