import { throwIfCancelled } from '../../base/cancel.ts';
import { errnoOf } from '../../base/errno.ts';
import { fileError, notUtf8 } from './fileErrors.ts';
import type { InputFile } from './inputFile.ts';

const CHUNK = 1 << 18;
/** Larger strings survive longer before they are collected as garbage. */
const PIECE = 1 << 16;

/** UTF-16 needs a byte order mark; PowerShell redirects output this way. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Detects the encoding of a file from its first bytes. */
export function encodingOf([first, second]: Uint8Array): Encoding {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

/**
 * The text of a file in pieces, without a byte order mark. Throws `invalidInput` if it is neither UTF-8 nor UTF-16 with
 * a mark.
 */
export async function* readText(file: InputFile, signal: AbortSignal | undefined): AsyncGenerator<string> {
  let decoder = new TextDecoder('utf-8', { fatal: true });
  let isFirst = true;
  try {
    for await (const chunk of chunks(file)) {
      throwIfCancelled(signal);
      if (isFirst) decoder = new TextDecoder(encodingOf(chunk), { fatal: true });
      isFirst = false;
      const text = decoder.decode(chunk, { stream: true });
      if (text !== '') yield text;
    }
    decoder.decode();
  } catch (error) {
    if (errnoOf(error) === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw notUtf8(file.path);
    throw fileError(file.path, error);
  }
}

/** All chunks share one buffer, because a stream would leave the size of the file as garbage. */
async function* chunks(file: InputFile): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(CHUNK);
  for (let position = 0; ; ) {
    const length = await file.read(buffer, 0, CHUNK, position);
    if (length === 0) return;
    position += length;
    for (let at = 0; at < length; at += PIECE) yield buffer.subarray(at, Math.min(at + PIECE, length));
  }
}
