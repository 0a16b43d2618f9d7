import type { ConfigPath, Span } from './configText.ts';
import { PathMap } from './pathMap.ts';

type ParseToml = typeof import('./parsers.lazy.ts').parseToml;

/** A header, or a key with its value, without the comment after it. */
export interface TomlStatement extends Span {
  /** `list` means a `[[header]]`. */
  readonly kind: 'table' | 'list' | 'key';
  /** From the root, with the index of the entry after each list of tables; the path of a `[[header]]` ends with it. */
  readonly path: ConfigPath;
  /** For a key. */
  readonly value?: TomlValue;
}

/** `items` are the entries of a list or the pairs of an inline table. */
export interface TomlValue extends Span {
  readonly kind: 'list' | 'table' | 'other';
  readonly items: readonly TomlItem[];
}

/** An entry of a list, or a pair of an inline table, which has the names of its key. */
export interface TomlItem extends Span {
  readonly key: readonly string[];
  readonly value: TomlValue;
}

/** One token: a comment, any kind of string (multi-line ones first), or a single character. */
export const TOML_TOKEN =
  /#[^\n]*|"""(?:\\[\s\S]|[^\\])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[\s\S]/y;
/** Characters without special meaning, so that many can be one token. */
const PLAIN = /[^#"'\n,[\]{}=]+/y;
/** A key or a header without quotes, like most. */
const BARE = /^[ \t]*[A-Za-z0-9_-]+(?:[ \t]*\.[ \t]*[A-Za-z0-9_-]+)*[ \t]*$/;
/** A bare key with a short value that takes up the rest of its line. */
const SIMPLE = /([A-Za-z0-9_-]+)[ \t]*=[ \t]*("[^"\\\n]*"|'[^'\n]*'|[A-Za-z0-9_.+:-]+)(?=[ \t]*(?:\r?\n|#|$))/y;
/** White space and comments. */
export const TOML_TRIVIA = /(?:\s|#[^\n]*)*/y;

/**
 * The statements of a valid TOML text in order. The parser gives no positions, so this scans the text, and uses the
 * parser for the names in headers and keys.
 */
export function tomlStatements(text: string, parseToml: ParseToml): TomlStatement[] {
  const found: TomlStatement[] = [];
  /** How many entries each list of tables has so far. */
  const counts = new PathMap<number>();
  let table: ConfigPath = [];
  let at = 0;

  for (skipTrivia(); at < text.length; skipTrivia()) found.push(text[at] === '[' ? header() : assignment());
  return found;

  function header(): TomlStatement {
    const span = until('#\n');
    const source = text.slice(span.start, span.end);
    const names = bareNames(source.replace(/^\[\[?|\]\]?$/g, '')) ?? keyPath(source, parseToml);
    if (!source.startsWith('[[')) {
      table = indexed(names);
      return { kind: 'table', path: table, ...span };
    }
    const list = [...indexed(names.slice(0, -1)), ...names.slice(-1)];
    const part = counts.at(list);
    const count = part.value ?? 0;
    part.value = count + 1;
    table = [...list, count];
    return { kind: 'list', path: table, ...span };
  }

  function assignment(): TomlStatement {
    SIMPLE.lastIndex = at;
    const [whole, name, plain] = SIMPLE.exec(text) ?? [];
    if (whole !== undefined && name !== undefined && plain !== undefined) {
      const start = at;
      at += whole.length;
      const value = { kind: 'other', items: [], start: at - plain.length, end: at } as const;
      return { kind: 'key', path: [...table, name], value, start, end: at };
    }
    const { key, ...rest } = pair();
    return { kind: 'key', path: [...table, ...key], ...rest };
  }

  function pair(): TomlItem {
    const { start, end } = until('=');
    const source = text.slice(start, end);
    const key = bareNames(source) ?? keyPath(`${source} = 0`, parseToml);
    at++;
    const value = readValue();
    return { key, value, start, end: value.end };
  }

  function readValue(): TomlValue {
    skipTrivia();
    const start = at;
    const opening = text[at];
    if (opening !== '[' && opening !== '{') return { kind: 'other', items: [], ...until(',]}#\n') };
    at++;
    const items: TomlItem[] = [];
    for (skipTrivia(); at < text.length && text[at] !== ']' && text[at] !== '}'; skipTrivia()) {
      if (text[at] === ',') at++;
      else if (opening === '[') items.push(entry());
      else items.push(pair());
    }
    at++;
    return { kind: opening === '[' ? 'list' : 'table', items, start, end: at };
  }

  function entry(): TomlItem {
    const value = readValue();
    return { key: [], value, start: value.start, end: value.end };
  }

  /** The text before the first of the stop characters, without trailing spaces. */
  function until(stops: string): Span {
    const start = at;
    while (at < text.length) {
      PLAIN.lastIndex = at;
      at += PLAIN.exec(text)?.[0].length ?? 0;
      if (at >= text.length) break;
      TOML_TOKEN.lastIndex = at;
      const token = TOML_TOKEN.exec(text)?.[0] ?? '';
      if (stops.includes(token.charAt(0))) break;
      at += token.length;
    }
    return { start, end: start + text.slice(start, at).trimEnd().length };
  }

  function skipTrivia(): void {
    TOML_TRIVIA.lastIndex = at;
    at += TOML_TRIVIA.exec(text)?.[0].length ?? 0;
  }

  /** A path in which each list of tables is followed by the index of its newest entry. */
  function indexed(path: readonly string[]): ConfigPath {
    const full: (string | number)[] = [];
    let part = counts;
    for (const step of path) {
      full.push(step);
      part = part.below(step);
      if (part.value === undefined) continue;
      full.push(part.value - 1);
      part = part.below(part.value - 1);
    }
    return full;
  }
}

/** The names of a key without quotes; any other key is left to the parser. */
const bareNames = (source: string): string[] | undefined =>
  BARE.test(source) ? source.split('.').map((name) => name.trim()) : undefined;

/** The names in a header or a key, as the parser reads them. */
function keyPath(source: string, parseToml: ParseToml): string[] {
  const path: string[] = [];
  let value: unknown = parseToml(source);
  while (typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) {
      value = value[0];
      continue;
    }
    const [entry] = Object.entries(value);
    if (entry === undefined) break;
    path.push(entry[0]);
    value = entry[1];
  }
  return path;
}
