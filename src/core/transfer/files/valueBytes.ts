import { decodeBase64, decodedLength, isBase64 } from '../../base/base64.ts';
import type { LongText } from './longText.ts';
import { unescapeText } from './unescapeText.ts';

/** A string as UTF-8; `undefined` if it has a lone surrogate. Throws a `SyntaxError` if it is not valid JSON. */
export function utf8Bytes(text: string | LongText): Uint8Array<ArrayBuffer> | undefined {
  if (typeof text === 'string') return text.isWellFormed() ? own(Buffer.from(text, 'utf8')) : undefined;
  return filled(text.bytes.length, (target) => unescapeText(text.bytes, target));
}

/** Decodes a base64 string; `undefined` if it is not base64. Throws a `SyntaxError` if it is not valid JSON. */
export function base64Bytes(text: string | LongText): Uint8Array<ArrayBuffer> | undefined {
  if (typeof text === 'string') return isBase64(text) ? own(Buffer.from(text, 'base64')) : undefined;
  // Some programs escape slashes as `\/`.
  const plain = text.bytes.includes('\\') ? utf8Bytes(text) : text.bytes;
  return plain && filled(decodedLength(plain.length), (target) => decodeBase64(asBuffer(plain), target));
}

const asBuffer = ({ buffer, byteOffset, length }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, length);

/** A small Buffer is a view into a shared pool, which would be sent along to a worker. */
const own = ({ buffer, byteOffset, length }: Buffer<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  new Uint8Array(length === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + length));

/** The bytes that `fill` wrote, as many as it returns. The unused rest of the buffer is freed at once. */
function filled(length: number, fill: (target: Buffer) => number | undefined): Uint8Array<ArrayBuffer> | undefined {
  const target = Buffer.allocUnsafeSlow(length);
  const { buffer } = target;
  const written = fill(target);
  return written === undefined ? undefined : new Uint8Array(written === length ? buffer : buffer.transfer(written));
}
