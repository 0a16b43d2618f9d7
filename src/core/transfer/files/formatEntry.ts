import { isUtf8 } from 'node:buffer';
import type { KvEntry } from '../../entry.ts';
import { CSV_COLUMNS } from './csv.ts';

/** How a text format wraps and writes entries. */
export interface TextFormat {
  readonly head: string;
  readonly separator: string;
  readonly tail: string;
  item(entry: KvEntry): string;
}

/** The fields of an item as wrangler reads them: a value that is no text as base64. */
function itemText({ key, value, metadata, expiration }: KvEntry): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const content = isUtf8(value) ? { value: bytes.toString('utf8') } : { value: bytes.toString('base64'), base64: true };
  return JSON.stringify({ key, ...content, metadata, expiration });
}

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
  json: { head: '[', separator: ',', tail: '\n]\n', item: (entry) => `\n${itemText(entry)}` },
  ndjson: { head: '', separator: '', tail: '', item: (entry) => `${itemText(entry)}\n` },
  csv: { head: `${CSV_COLUMNS.join(',')}\r\n`, separator: '', tail: '', item: (entry) => `${row(entry)}\r\n` },
};
