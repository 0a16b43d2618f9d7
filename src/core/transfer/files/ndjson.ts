import { isUtf8 } from 'node:buffer';
import * as l10n from '@vscode/l10n';
import { LongLine, linesOf } from '../../base/byteLines.ts';
import { throwIfCancelled } from '../../base/cancel.ts';
import { fileError, itemError, notUtf8 } from './fileErrors.ts';
import type { InputFile } from './inputFile.ts';
import { parseLine, WrongLine } from './parseLine.ts';
import type { RawItem } from './rawItem.ts';
import { type Encoding, encodingOf, readText } from './readText.ts';
import { TextPieces } from './textPieces.ts';

/** More bytes than the largest possible entry has with each byte written as `\u0000`. */
const MAX_LENGTH = 160_000_000;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** One item per line; empty lines are skipped. */
export async function* readNdjson(file: InputFile, signal: AbortSignal | undefined): AsyncGenerator<RawItem> {
  let position = 0;
  let isFirst = true;
  try {
    for await (const read of lines(file, signal)) {
      throwIfCancelled(signal);
      const line = isFirst ? withoutMark(read) : read;
      isFirst = false;
      if (!isUtf8(line)) throw notUtf8(file.path);
      if (isBlank(line)) continue;
      position++;
      yield { position, content: parse(line, position) };
    }
  } catch (error) {
    if (error instanceof LongLine) throw itemError(position + 1, l10n.t('the line is longer than any entry.'));
    throw fileError(file.path, error);
  }
}

/** Lines as bytes, because they are parsed as bytes. */
async function* lines(file: InputFile, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  if ((await encodingAt(file)) === 'utf-8') yield* linesOf(file, MAX_LENGTH);
  else yield* textLines(file, signal);
}

async function encodingAt(file: InputFile): Promise<Encoding> {
  const first = Buffer.alloc(2);
  return encodingOf(first.subarray(0, await file.read(first, 0, 2, 0)));
}

async function* textLines(file: InputFile, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const begun = new TextPieces();
  let length = 0;
  for await (const piece of readText(file, signal)) {
    const [rest = '', ...ended] = piece.split('\n').reverse();
    for (const line of ended.reverse()) {
      begun.add(line);
      yield Buffer.from(begun.take());
      length = 0;
    }
    begun.add(rest);
    begun.settle();
    length += rest.length;
    if (length > MAX_LENGTH) throw new LongLine();
  }
  yield Buffer.from(begun.take());
}

const withoutMark = (line: Buffer): Buffer =>
  BYTE_ORDER_MARK.equals(line.subarray(0, BYTE_ORDER_MARK.length)) ? line.subarray(BYTE_ORDER_MARK.length) : line;

/** The first character nearly always tells. */
const isBlank = (line: Buffer): boolean => line[0] !== 0x7b && line.toString('utf8').trim() === '';

function parse(line: Buffer, position: number): unknown {
  try {
    return parseLine(line);
  } catch (error) {
    if (!(error instanceof WrongLine)) throw error;
    const { column, message } = error;
    throw itemError(position, l10n.t('the line is not valid JSON at column {0}: {1}.', column, message));
  }
}
