import type { ConfigPath } from './configText.ts';

type ParseToml = typeof import('./parsers.lazy.ts').parseToml;

/** A part of a text, as offsets; `end` is the first one after it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A header or a key with its value, without the comment behind it. */
export interface TomlStatement extends Span {
  /** `list` is a `[[header]]`. */
  readonly kind: 'table' | 'list' | 'key';
  /** From the root, with the index of the entry after each list of tables; that of a `[[header]]` ends with it. */
  readonly path: ConfigPath;
  /** Of a key. */
  readonly value?: TomlValue;
}

/** `items` are the entries of a list or the pairs of an inline table. */
export interface TomlValue extends Span {
  readonly kind: 'list' | 'table' | 'other';
  readonly items: readonly TomlItem[];
}

/** An entry of a list, or a pair of an inline table: then with the names of its key. */
export interface TomlItem extends Span {
  readonly key: readonly string[];
  readonly value: TomlValue;
}

/** One token: a comment, any kind of string (the long ones first), or a single character. */
export const TOML_TOKEN =
  /#[^\n]*|"""(?:\\[\s\S]|[^\\])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[\s\S]/y;
/** Blanks, line breaks and comments. */
export const TOML_TRIVIA = /(?:\s|#[^\n]*)*/y;

/**
 * The statements of a valid TOML text in their order. The parser gives no positions, so this walks over the text; the
 * names on headers and keys it leaves to the parser.
 */
export function tomlStatements(text: string, parseToml: ParseToml): TomlStatement[] {
  const found: TomlStatement[] = [];
  const counts = new Map<string, number>();
  let table: ConfigPath = [];
  let at = 0;

  for (skipTrivia(); at < text.length; skipTrivia()) found.push(text[at] === '[' ? header() : assignment());
  return found;

  function header(): TomlStatement {
    const span = until('#\n');
    const source = text.slice(span.start, span.end);
    const names = keyPath(source, parseToml);
    if (!source.startsWith('[[')) {
      table = indexed(names);
      return { kind: 'table', path: table, ...span };
    }
    const list = [...indexed(names.slice(0, -1)), ...names.slice(-1)];
    const count = counts.get(JSON.stringify(list)) ?? 0;
    counts.set(JSON.stringify(list), count + 1);
    table = [...list, count];
    return { kind: 'list', path: table, ...span };
  }

  function assignment(): TomlStatement {
    const { key, ...rest } = pair();
    return { kind: 'key', path: [...table, ...key], ...rest };
  }

  function pair(): TomlItem {
    const { start, end } = until('=');
    const key = keyPath(`${text.slice(start, end)} = 0`, parseToml);
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

  /** What stands before the first of the stops, without blanks at its end. */
  function until(stops: string): Span {
    const start = at;
    while (at < text.length) {
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

  /** A path with the index of the newest entry after each list of tables on it. */
  function indexed(path: readonly string[]): ConfigPath {
    const full: (string | number)[] = [];
    for (const step of path) {
      full.push(step);
      const count = counts.get(JSON.stringify(full));
      if (count !== undefined) full.push(count - 1);
    }
    return full;
  }
}

/** The names on a header or a key, as the parser reads them. */
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
