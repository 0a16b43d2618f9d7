import { createReadStream } from 'node:fs';
import * as l10n from '@vscode/l10n';
import { throwIfCancelled } from '../../cancel.ts';
import { fileError, notOfFormat } from './fileErrors.ts';

const CHUNK = 1 << 18;

/** The text of a file in pieces, without a byte order mark. Throws `invalidInput` where it is not UTF-8. */
export async function* readText(path: string, signal: AbortSignal | undefined): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
      throwIfCancelled(signal);
      const text = decoder.decode(chunk, { stream: true });
      if (text !== '') yield text;
    }
    decoder.decode();
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw notOfFormat(path, l10n.t('it is not UTF-8 text.'));
    }
    throw fileError(path, error);
  }
}

/** The lines of a text. Only LF ends one: JSON leaves other line separators as they are. */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let begun: string[] = [];
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', start)) {
      yield begun.length === 0 ? piece.slice(start, end) : [...begun, piece.slice(start, end)].join('');
      begun = [];
      start = end + 1;
    }
    if (start < piece.length) begun.push(piece.slice(start));
  }
  if (begun.length > 0) yield begun.join('');
}
