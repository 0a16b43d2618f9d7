import { isUtf8 } from 'node:buffer';
import * as l10n from '@vscode/l10n';
import { type KvEntry, presentMetadata } from './entry.ts';
import { errorText, KvError } from './errors.ts';
import { listKeys } from './listKeys.ts';
import { readEntries } from './readEntries.ts';
import type { KvStore } from './store.ts';

/** What is looked for: a text as it is, or a regular expression. */
export type Pattern = { readonly text: string } | { readonly regex: string };

/** Where a line matches first; `undefined` when it does not. */
export type Find = (line: string) => { readonly index: number; readonly length: number } | undefined;

export interface ValueMatch {
  readonly key: string;
  /** From 1; absent for a match in the metadata. */
  readonly line?: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column?: number;
  /** The line, or what surrounds the match in a long one. */
  readonly text: string;
}

/** What a step of a search found, and how many keys it went through. */
export interface Found<T> {
  readonly searched: number;
  readonly matches: readonly T[];
}

/** How much of a long line is told, in characters. */
const MOST_TEXT = 200;
/** How much of it stands before the match. */
const TEXT_BEFORE = 60;

/** Throws `invalidInput` for a regular expression that is none. */
export function finder(pattern: Pattern): Find {
  if ('text' in pattern) {
    const { text } = pattern;
    return (line) => {
      const index = line.indexOf(text);
      return index < 0 ? undefined : { index, length: text.length };
    };
  }
  const expression = compile(pattern.regex);
  return (line) => {
    const match = expression.exec(line);
    return match ? { index: match.index, length: match[0].length } : undefined;
  };
}

function compile(source: string): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch {
    // Without `u`, more escapes are allowed: `\-`, for one.
    try {
      return new RegExp(source);
    } catch (error) {
      throw new KvError('invalidInput', l10n.t('This is no regular expression: {0}', errorText(error)), {
        cause: error,
      });
    }
  }
}

/** The keys whose names match, page by page. */
export async function* searchKeys(store: KvStore, find: Find, signal?: AbortSignal): AsyncGenerator<Found<string>> {
  for await (const page of listKeys(store, undefined, signal)) {
    const matches = page.flatMap(({ name }) => (find(name) ? name : []));
    yield { searched: page.length, matches };
  }
}

/** The matches in values and metadata, key by key; a value that is not UTF-8 text has no lines. */
export async function* searchValues(
  store: KvStore,
  prefix: string | undefined,
  find: Find,
  signal?: AbortSignal,
): AsyncGenerator<Found<ValueMatch>> {
  for await (const entry of readEntries(store, prefix, signal)) {
    yield { searched: 1, matches: [...matchesOf(entry, find)] };
  }
}

function* matchesOf({ key, value, metadata }: KvEntry, find: Find): Generator<ValueMatch> {
  const present = presentMetadata(metadata);
  if (present !== undefined) {
    const text = JSON.stringify(present);
    const match = find(text);
    if (match) yield { key, text: excerpt(text, match.index) };
  }
  if (!isUtf8(value)) return;
  let line = 0;
  for (const text of linesOf(Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8'))) {
    line++;
    const match = find(text);
    if (match) yield { key, line, column: match.index + 1, text: excerpt(text, match.index) };
  }
}

/** Split as an editor does. */
function* linesOf(text: string): Generator<string> {
  const ending = /\r\n|\n|\r/g;
  let start = 0;
  for (let match = ending.exec(text); match; match = ending.exec(text)) {
    yield text.slice(start, match.index);
    start = ending.lastIndex;
  }
  yield text.slice(start);
}

function excerpt(line: string, index: number): string {
  if (line.length <= MOST_TEXT) return line;
  const start = Math.max(0, Math.min(index - TEXT_BEFORE, line.length - MOST_TEXT));
  const end = start + MOST_TEXT;
  // Half of a surrogate pair at either end is left out.
  const part = line.slice(start, end).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
  return `${start > 0 ? '…' : ''}${part}${end < line.length ? '…' : ''}`;
}
