const OTHER = /[^A-Za-z0-9+/]/;
/** Characters that are decoded at once: a multiple of 4, so that each piece stands for itself. */
const PIECE = 1 << 14;

/** Whether a text is base64, with or without padding. */
export function isBase64(text: string): boolean {
  // An expression for groups of four would need a stack that is as deep as the text is long.
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

/** The most bytes that so many characters of base64 stand for. */
export const decodedLength = (characters: number): number => Math.ceil(characters / 4) * 3;

/**
 * Writes what the characters of a text stand for to `target`, which has their {@link decodedLength}, and gives the
 * number of bytes; `undefined` where it is not base64. It goes by pieces: a string of the whole text would be left as
 * garbage.
 */
export function decodeBase64(text: Buffer, target: Buffer): number | undefined {
  let written = 0;
  for (let at = 0; at < text.length; at += PIECE) {
    const piece = text.toString('latin1', at, at + PIECE);
    // Only the last one may be padded.
    if (at + PIECE < text.length ? OTHER.test(piece) : !isBase64(piece)) return undefined;
    written += target.write(piece, written, 'base64');
  }
  return written;
}
