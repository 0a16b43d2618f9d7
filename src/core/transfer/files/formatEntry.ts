import { isUtf8 } from 'node:buffer';
import type { JsonValue, KvEntry } from '../../entry/entry.ts';
import { metadataLine, metadataText, objectText } from '../../entry/metadataJson.ts';
import { CSV_COLUMNS, type CsvColumn } from './csvColumns.ts';
import { endOfCharacter } from './unescapeText.ts';

/** How a text format lays out entries. */
export interface TextFormat {
  readonly head: string;
  /** What precedes the first item; `next` precedes each later one. */
  readonly first: string;
  readonly next: string;
  /** What follows every item. */
  readonly end: string;
  readonly tail: string;
  /** Yields pieces, because a single string of the whole value would leave several times its size as garbage. */
  item(entry: KvEntry): Iterable<string>;
}

/** Values are cut into pieces of this many bytes: a multiple of 3, so that base64 continues without padding. */
const PIECE = 3 << 13;

/** The fields of an item as wrangler reads them, with a value that is not text as base64. */
function* itemText({ key, value, metadata, expiration }: KvEntry): Generator<string> {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  const isText = isUtf8(value);
  yield `{"key":${JSON.stringify(key)},"value":"`;
  for (let start = 0; start < value.length; ) {
    const end = isText ? endOfCharacter(value, start + PIECE) : start + PIECE;
    yield isText
      ? JSON.stringify(bytes.toString('utf8', start, end)).slice(1, -1)
      : bytes.toString('base64', start, end);
    start = end;
  }
  const rest = objectText({ base64: isText ? undefined : 'true', ...extrasOf(metadata, expiration) });
  yield rest === '{}' ? '"}' : `",${rest.slice(1)}`;
}

/** A line of NDJSON that adds why the entry was not written; an import ignores that field. */
export function failedItemText({ key, value, metadata, expiration }: KvEntry, error: string): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const isText = isUtf8(value);
  return `${objectText({
    key: JSON.stringify(key),
    value: JSON.stringify(bytes.toString(isText ? 'utf8' : 'base64')),
    base64: isText ? undefined : 'true',
    ...extrasOf(metadata, expiration),
    error: JSON.stringify(error),
  })}\n`;
}

/** On one line, because each line of NDJSON is an item. */
const extrasOf = (metadata: JsonValue | undefined, expiration: number | undefined) => ({
  metadata: metadata === undefined ? undefined : metadataLine(metadata),
  expiration: expiration?.toString(),
});

function row({ key, value, metadata, expiration }: KvEntry): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const text = isUtf8(value);
  const cells: Record<CsvColumn, string> = {
    key,
    value: bytes.toString(text ? 'utf8' : 'base64'),
    base64: text ? '' : 'true',
    metadata: metadata === undefined ? '' : metadataText(metadata),
    expiration: expiration === undefined ? '' : String(expiration),
  };
  return CSV_COLUMNS.map((column) => quoted(cells[column])).join(',');
}

/**
 * Quotes a text wherever a reader could misread it, also if it starts or ends with white space. What a spreadsheet
 * takes for a formula is not changed: a character in front of it would be imported as part of the key or value.
 */
const quoted = (text: string): string =>
  /[",\r\n\ufeff]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

export const textFormats: Readonly<Record<'json' | 'ndjson' | 'csv', TextFormat>> = {
  json: { head: '[', first: '\n', next: ',\n', end: '', tail: '\n]\n', item: (entry) => itemText(entry) },
  ndjson: { head: '', first: '', next: '', end: '\n', tail: '', item: (entry) => itemText(entry) },
  csv: {
    head: `${CSV_COLUMNS.join(',')}\r\n`,
    first: '',
    next: '',
    end: '\r\n',
    tail: '',
    item: (entry) => [row(entry)],
  },
};
