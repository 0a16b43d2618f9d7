import { isUtf8 } from 'node:buffer';
import type { KvEntry } from '../../entry.ts';
import { CSV_COLUMNS } from './csv.ts';

/** How a text format wraps and writes entries. */
export interface TextFormat {
  readonly head: string;
  /** Before the first item, and before any other. */
  readonly first: string;
  readonly next: string;
  /** After every item. */
  readonly end: string;
  readonly tail: string;
  /** In pieces: a large value never becomes one string, which would leave garbage of its size, several times over. */
  item(entry: KvEntry): Iterable<string>;
}

/** A multiple of 3, so that base64 goes on without padding. */
const PIECE = 3 << 13;

/** The fields of an item as wrangler reads them: a value that is no text as base64. */
function* itemText({ key, value, metadata, expiration }: KvEntry, error?: string): Generator<string> {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const isText = isUtf8(bytes);
  yield `{"key":${JSON.stringify(key)},"value":"`;
  for (let start = 0; start < bytes.length; ) {
    const end = isText ? endOfCharacter(bytes, start + PIECE) : start + PIECE;
    const piece = bytes.subarray(start, end);
    yield isText ? JSON.stringify(piece.toString('utf8')).slice(1, -1) : piece.toString('base64');
    start = end;
  }
  const rest = JSON.stringify({ ...(!isText && { base64: true }), metadata, expiration, error });
  yield rest === '{}' ? '"}' : `",${rest.slice(1)}`;
}

/** The end of the character that `at` lies in, if it does. */
function endOfCharacter(bytes: Buffer, at: number): number {
  let end = at;
  while ((bytes[end] ?? 0) >> 6 === 0b10) end++;
  return end;
}

/** A line of NDJSON with why the entry was not written, which an import passes over. */
export const failedItemText = (entry: KvEntry, error: string): string => `${[...itemText(entry, error)].join('')}\n`;

function row({ key, value, metadata, expiration }: KvEntry): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const text = isUtf8(value);
  const cells: Record<(typeof CSV_COLUMNS)[number], string> = {
    key,
    value: bytes.toString(text ? 'utf8' : 'base64'),
    base64: text ? '' : 'true',
    metadata: metadata === undefined ? '' : JSON.stringify(metadata),
    expiration: expiration === undefined ? '' : String(expiration),
  };
  return CSV_COLUMNS.map((column) => quoted(cells[column])).join(',');
}

/** Quoted wherever a reader could take a text for something else, spaces at its ends included. */
const quoted = (text: string): string =>
  /[",\r\n\ufeff]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

export const textFormats: Readonly<Record<'json' | 'ndjson' | 'csv', TextFormat>> = {
  json: { head: '[', first: '\n', next: ',\n', end: '', tail: '\n]\n', item: (entry) => itemText(entry) },
  ndjson: { head: '', first: '', next: '', end: '\n', tail: '', item: (entry) => itemText(entry) },
  csv: {
    ...{ head: `${CSV_COLUMNS.join(',')}\r\n`, first: '', next: '', end: '\r\n', tail: '' },
    item: (entry) => [row(entry)],
  },
};
