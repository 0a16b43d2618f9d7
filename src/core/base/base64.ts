const OTHER = /[^A-Za-z0-9+/]/;
/** Number of characters to decode at once. It is a multiple of 4, so each piece can be decoded on its own. */
const PIECE = 1 << 14;

/** Whether a text is base64, with or without padding. */
export function isBase64(text: string): boolean {
  // A regular expression for groups of four would need a stack as deep as the text is long.
  const other = text.search(OTHER);
  const characters = other < 0 ? text.length : other;
  switch (text.slice(characters)) {
    case '':
      return characters % 4 !== 1;
    case '=':
      return characters % 4 === 3;
    case '==':
      return characters % 4 === 2;
    default:
      return false;
  }
}

/** The largest number of bytes that this many base64 characters can decode to. */
export const decodedLength = (characters: number): number => Math.ceil(characters / 4) * 3;

/**
 * Decodes base64 text into `target`, which must have room for {@link decodedLength} bytes, and returns the number of
 * bytes written, or `undefined` if the text is not base64. Works in pieces, because a string of the whole text would
 * become garbage.
 */
export function decodeBase64(text: Buffer, target: Buffer): number | undefined {
  let written = 0;
  for (let at = 0; at < text.length; at += PIECE) {
    const piece = text.toString('latin1', at, at + PIECE);
    // Only the last piece may be padded.
    if (at + PIECE < text.length ? OTHER.test(piece) : !isBase64(piece)) return undefined;
    written += target.write(piece, written, 'base64');
  }
  return written;
}
