const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** By byte: the six bits that it stands for; more where it stands for none. */
const BITS = Uint8Array.from({ length: 256 }, (_, byte) => ALPHABET.indexOf(String.fromCharCode(byte)));
const OTHER = /[^A-Za-z0-9+/]/;

const CHARACTERS = Buffer.from(ALPHABET);
const PADDING = 0x3d;

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
 * Writes what the characters of a text stand for to `target`, which has their {@link decodedLength}, and gives the number
 * of bytes; `undefined` where it is not base64. It leaves no garbage, as Node's own would: a string of that size.
 */
export function decodeBase64(text: Uint8Array, target: Uint8Array): number | undefined {
  // The last group may be padded.
  const last = Math.max(0, Math.ceil(text.length / 4) - 1) * 4;
  let written = 0;
  let seen = 0;
  for (let at = 0; at < last; at += 4) {
    const a = bits(text[at]);
    const b = bits(text[at + 1]);
    const c = bits(text[at + 2]);
    const d = bits(text[at + 3]);
    seen |= a | b | c | d;
    target[written] = (a << 2) | (b >> 4);
    target[written + 1] = (b << 4) | (c >> 2);
    target[written + 2] = (c << 6) | d;
    written += 3;
  }
  const rest = String.fromCharCode(...text.subarray(last));
  if (seen > 63 || !isBase64(rest)) return undefined;
  const bytes = Buffer.from(rest, 'base64');
  target.set(bytes, written);
  return written + bytes.length;
}

const bits = (byte = 0): number => BITS[byte] ?? 0;

/** Writes bytes in base64, padded; gives where that ends in `target`. */
export function encodeBase64(bytes: Uint8Array, target: Uint8Array, start: number): number {
  let written = start;
  for (let at = 0; at < bytes.length; at += 3) {
    const a = bytes[at] ?? 0;
    const b = bytes[at + 1] ?? 0;
    const c = bytes[at + 2] ?? 0;
    target[written] = CHARACTERS[a >> 2] ?? 0;
    target[written + 1] = CHARACTERS[((a & 3) << 4) | (b >> 4)] ?? 0;
    target[written + 2] = CHARACTERS[((b & 15) << 2) | (c >> 6)] ?? 0;
    target[written + 3] = CHARACTERS[c & 63] ?? 0;
    written += 4;
  }
  const padding = (3 - (bytes.length % 3)) % 3;
  target.fill(PADDING, written - padding, written);
  return written;
}
