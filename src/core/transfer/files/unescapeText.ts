import { copyRun } from './copyRun.ts';

const BACKSLASH = 0x5c;
const U = 0x75;
/** What the escapes of two characters stand for, by their second byte; 0 for what is no escape. */
const SHORT = new Uint8Array(256);
for (const [i, byte] of Buffer.from('"\\/bfnrt').entries()) SHORT[byte] = '"\\/\b\f\n\r\t'.charCodeAt(i);

/**
 * Writes a text of JSON, as it stands between its quotes in UTF-8, to `target`, which is at least as long, and gives the
 * number of bytes; `undefined` where half of a character is missing. Throws a `SyntaxError` where it is not JSON.
 */
export function unescapeText(text: Uint8Array, target: Uint8Array): number | undefined {
  let written = 0;
  for (let at = 0; at < text.length; ) {
    const end = endOfRun(text, at);
    written = copyRun(text, at, end, target, written);
    at = end;
    if (at === text.length) break;
    if (text[at] !== BACKSLASH) throw new SyntaxError();
    if (text[at + 1] !== U) {
      const character = SHORT[text[at + 1] ?? 0] ?? 0;
      if (character === 0) throw new SyntaxError();
      target[written++] = character;
      at += 2;
      continue;
    }
    let point = fourDigits(text, at + 2);
    at += 6;
    if (isSurrogate(point)) {
      const low = text[at] === BACKSLASH && text[at + 1] === U ? fourDigits(text, at + 2) : 0;
      if (point >= 0xdc00 || !isSurrogate(low) || low < 0xdc00) return undefined;
      point = 0x10000 + ((point & 0x3ff) << 10) + (low & 0x3ff);
      at += 6;
    }
    written = writePoint(target, written, point);
  }
  return written;
}

/** Where the next escape is, or a byte that must be one. */
function endOfRun(text: Uint8Array, start: number): number {
  let at = start;
  for (; at < text.length; at++) {
    const byte = text[at] ?? 0;
    if (byte < 0x20 || byte === BACKSLASH) break;
  }
  return at;
}

/** The number that four hex digits stand for. Throws a `SyntaxError`. */
function fourDigits(text: Uint8Array, at: number): number {
  const digits = String.fromCharCode(...text.subarray(at, at + 4));
  if (!/^[\da-f]{4}$/i.test(digits)) throw new SyntaxError();
  return Number.parseInt(digits, 16);
}

const isSurrogate = (point: number): boolean => point >> 11 === 0b11011;

/** In UTF-8; gives where the next one goes. */
function writePoint(target: Uint8Array, at: number, point: number): number {
  if (point < 0x80) {
    target[at] = point;
    return at + 1;
  }
  const more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  target[at] = ((0xff00 >> (more + 1)) & 0xff) | (point >> (6 * more));
  for (let i = 1; i <= more; i++) target[at + i] = 0x80 | ((point >> (6 * (more - i))) & 0x3f);
  return at + more + 1;
}
