import { pipeline, Readable } from 'node:stream';
import * as l10n from '@vscode/l10n';
import type { KvError } from '../../base/errors.ts';
import { parseMetadata } from '../../entry/metadataJson.ts';
import { parseStrictJson } from '../../entry/strictJson.ts';
import { type CsvColumn as Column, CSV_COLUMNS } from './csvColumns.ts';
import { itemError, keyItemError, notOfFormat } from './fileErrors.ts';
import type { InputFile } from './inputFile.ts';
import type { RawItem } from './rawItem.ts';
import { readText } from './readText.ts';

/** More bytes than the largest possible entry has with its value in base64. */
const MAX_ROW = 60_000_000;

/**
 * Yields one item for each row below the header. Ambiguous rows are refused. So are rows of more than `most` bytes,
 * because a row with an unclosed quote would take in the rest of the file.
 */
export async function* readCsv(
  file: InputFile,
  signal: AbortSignal | undefined,
  most = MAX_ROW,
): AsyncGenerator<RawItem> {
  const { path } = file;
  const { CsvError, parseCsv } = await import('./csvParser.lazy.ts');
  let columns: readonly Column[] = [];
  const parser = parseCsv({
    delimiter: await delimiterOf(file, signal),
    record_delimiter: ['\r\n', '\n'],
    skip_empty_lines: true,
    max_record_size: most,
    // The header is checked here because the parser runs ahead of its output, and problems with the header must be
    // reported first.
    on_record(row: string[], { records }) {
      if (records > 1) return row;
      columns = header(path, row);
      return undefined;
    },
  });
  // Errors of the source are passed on by the parser.
  const rows: AsyncIterable<readonly string[]> = pipeline(Readable.from(rowsOf(file, signal)), parser, () => {});
  let position = 0;
  try {
    for await (const row of rows) {
      position++;
      yield { position, content: item(columns, row, position) };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // Rows that were already parsed may not have been output yet, so the parser is asked for its position.
    const before: unknown = Reflect.get(error, 'records');
    throw typeof before === 'number' && before > 0
      ? itemError(before, csvProblem(error.code))
      : notOfFormat(path, csvProblem(error.code));
  }
  if (columns.length === 0) throw notOfFormat(path, l10n.t('it is empty.'));
}

/** The line that tells Excel the delimiter. The byte order mark has already been removed. */
const SEPARATOR = /^"?sep=([,;\t])"?\r?\n/i;

/**
 * The delimiter of that line, else the first one in the header, whose names are only letters and digits. Many
 * spreadsheets use semicolons.
 */
async function delimiterOf(file: InputFile, signal: AbortSignal | undefined): Promise<string> {
  for await (const text of readText(file, signal)) {
    return SEPARATOR.exec(text)?.[1] ?? /[,;\t]/.exec(text)?.[0] ?? ',';
  }
  return ',';
}

async function* rowsOf(file: InputFile, signal: AbortSignal | undefined): AsyncGenerator<string> {
  let isFirst = true;
  for await (const text of readText(file, signal)) {
    const rows = isFirst ? text.replace(SEPARATOR, '') : text;
    isFirst = false;
    if (rows !== '') yield rows;
  }
}

function header(path: string, names: readonly string[]): readonly Column[] {
  const columns = names.flatMap((name) => CSV_COLUMNS.find((column) => column === name) ?? []);
  const isKnown = columns.length === names.length && new Set(columns).size === columns.length;
  if (!isKnown || !columns.includes('key') || !columns.includes('value')) {
    throw notOfFormat(
      path,
      l10n.t('its first line must name the columns: key, value, and any of base64, metadata and expiration.'),
    );
  }
  return columns;
}

function item(columns: readonly Column[], row: readonly string[], position: number): Record<string, unknown> {
  const key = row[columns.indexOf('key')] ?? '';
  const result: Record<string, unknown> = {};
  columns.forEach((column, at) => {
    const text = row[at] ?? '';
    if (text === '' && column !== 'key' && column !== 'value') return;
    result[column] = cell(column, text, (problem) => keyItemError(position, key, problem));
  });
  return result;
}

function cell(column: Column, text: string, wrong: (problem: string) => KvError): unknown {
  if (column === 'base64') {
    // Spreadsheets write it in upper case.
    if (/^true$/i.test(text)) return true;
    throw wrong(l10n.t('“base64” must be “true” or empty.'));
  }
  if (column !== 'metadata') return text;
  const parsed = parseStrictJson(text);
  if ('value' in parsed) return parseMetadata(text);
  const { line, column: place, message } = parsed.problem;
  throw wrong(
    l10n.t(
      '“metadata” is not valid JSON at line {0}, column {1}: {2}. Texts are in double quotes.',
      line,
      place,
      message,
    ),
  );
}

function csvProblem(code: string): string {
  switch (code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
      return l10n.t('the row has another number of columns than the header.');
    case 'CSV_MAX_RECORD_SIZE':
      return l10n.t('the row is longer than any entry. Is a quote not closed?');
    case 'CSV_QUOTE_NOT_CLOSED':
      return l10n.t('a quote is not closed.');
    case 'INVALID_OPENING_QUOTE':
    case 'CSV_INVALID_OPENING_QUOTE':
      return l10n.t('a quote stands inside a text that is not quoted. Quote the text and double the quotes in it.');
    case 'CSV_INVALID_CLOSING_QUOTE':
      return l10n.t('something follows a closing quote. Double the quotes inside of a text.');
    default:
      return l10n.t('this is not valid CSV.');
  }
}
