type ParseToml = typeof import('./parsers.lazy.ts').parseToml;

/**
 * Lines, from 1, of every table, list entry and key of a valid TOML text, under the JSON of their path:
 * `["env","production","kv_namespaces",0]`. Entries of inline lists are included, what is inside inline tables is not.
 * The parser gives no positions, so this walks over the statements; key paths it leaves to the parser.
 */
export function tomlPositions(text: string, parseToml: ParseToml): Map<string, number> {
  const positions = new Map<string, number>();
  const counts = new Map<string, number>();
  let table: readonly (string | number)[] = [];
  const keep = (path: readonly (string | number)[], line: number) => {
    const key = JSON.stringify(path);
    if (!positions.has(key)) positions.set(key, line);
  };

  /** A path with the index of the newest entry after each list of tables on it. */
  const indexed = (path: readonly string[]): (string | number)[] => {
    const full: (string | number)[] = [];
    for (const step of path) {
      full.push(step);
      const count = counts.get(JSON.stringify(full));
      if (count !== undefined) full.push(count - 1);
    }
    return full;
  };

  for (const statement of statements(text)) {
    if (statement.kind === 'key') {
      const path = [...table, ...keyPath(`${statement.text} = 0`, parseToml)];
      keep(path, statement.line);
      for (const [index, line] of statement.entries.entries()) keep([...path, index], line);
    } else if (statement.kind === 'table') {
      table = indexed(keyPath(statement.text, parseToml));
      keep(table, statement.line);
    } else {
      const path = keyPath(statement.text, parseToml);
      const list = [...indexed(path.slice(0, -1)), ...path.slice(-1)];
      const count = counts.get(JSON.stringify(list)) ?? 0;
      counts.set(JSON.stringify(list), count + 1);
      table = [...list, count];
      keep(list, statement.line);
      keep(table, statement.line);
    }
  }
  return positions;
}

type Statement =
  | { kind: 'table' | 'list'; text: string; line: number }
  | { kind: 'key'; text: string; line: number; entries: number[] };

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

/** One token: a comment, any kind of string (the long ones first), or a single character. */
const TOKEN = /#[^\n]*|"""(?:\\[\s\S]|[^\\])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[\s\S]/g;

/** Cuts a valid text into statements; `entries` are the lines where the values of a list start. */
function* statements(text: string): Generator<Statement> {
  let line = 1;
  let start = line;
  let source = '';
  let depth = 0;
  let inValue = false;
  let isList = false;
  let wantsEntry = false;
  let entries: number[] = [];
  for (const [token] of `${text}\n`.matchAll(TOKEN)) {
    const isBreak = token === '\n';
    const blank = token.trim() === '';
    if (isBreak && depth === 0) {
      yield* statement(source.trim(), inValue, start, entries);
      source = '';
      inValue = false;
      entries = [];
    } else if (!token.startsWith('#')) {
      if (source === '' && !blank) start = line;
      if (inValue) {
        if (wantsEntry && !blank && token !== ']') {
          entries.push(line);
          wantsEntry = false;
        }
        if (depth === 0 && !blank) isList = token === '[';
        if (token === '[' || token === '{') depth++;
        if (token === ']' || token === '}') depth--;
        if (isList && depth === 1 && (token === '[' || token === ',')) wantsEntry = true;
        if (depth === 0) wantsEntry = false;
      } else if (token === '=' && depth === 0) {
        inValue = true;
      } else if (source !== '' || !blank) {
        source += token;
      }
    }
    line += token.split('\n').length - 1;
  }
}

function* statement(source: string, isKey: boolean, line: number, entries: number[]): Generator<Statement> {
  if (source === '') return;
  if (isKey) yield { kind: 'key', text: source, line, entries };
  else yield { kind: source.startsWith('[[') ? 'list' : 'table', text: source, line };
}
