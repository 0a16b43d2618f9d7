import { copyRun } from './copyRun.ts';

const BACKSLASH = 0x5c;
const U = 0x75;
/** By byte: the second byte of its escape in JSON; 0 for what stands for itself. */
const ESCAPES = new Uint8Array(256).fill(U, 0, 0x20);
for (const [i, byte] of Buffer.from('"\\\b\f\n\r\t').entries()) ESCAPES[byte] = '"\\bfnrt'.charCodeAt(i);

/** An escaped text has so many times the bytes at most. */
export const MOST_ESCAPED = 6;

/** Writes a text in UTF-8 as it stands between quotes in JSON, like `JSON.stringify`; gives where it ends in `target`. */
export function escapeText(text: Uint8Array, target: Uint8Array, start: number): number {
  let written = start;
  for (let at = 0; at < text.length; at++) {
    const end = endOfRun(text, at);
    written = copyRun(text, at, end, target, written);
    at = end;
    if (at === text.length) break;
    const byte = text[at] ?? 0;
    const second = ESCAPES[byte] ?? 0;
    target[written++] = BACKSLASH;
    target[written++] = second;
    if (second !== U) continue;
    for (const digit of `00${byte.toString(16).padStart(2, '0')}`) target[written++] = digit.charCodeAt(0);
  }
  return written;
}

function endOfRun(text: Uint8Array, start: number): number {
  let at = start;
  while (at < text.length && ESCAPES[text[at] ?? 0] === 0) at++;
  return at;
}
