/*
 * Finds the source text of values in JSON. `JSON.parse` reveals it only for primitive values, and a JavaScript object
 * keeps neither the order of names that look like numbers nor the spelling of its JSON.
 */

export interface SourcedValue {
  readonly value: unknown;
  readonly source: string;
  /** The object or array that contains the value, and its name or position there; absent for the whole JSON. */
  readonly holder?: object | undefined;
  readonly name: string;
}

/** The place of a value. */
type Place = Pick<SourcedValue, 'value' | 'holder' | 'name'>;

/**
 * The values at `path` with their source texts; `*` stands for any name or position. `json` is what `JSON.parse`
 * returned for `text`, which is therefore not checked again. If a name occurs twice, the last one counts, as in
 * `JSON.parse`, and comes last.
 */
export function valuesAt(text: string, json: unknown, path: readonly string[]): Iterable<SourcedValue> {
  return below(text, skipSpace(text, 0), { value: json, name: '' }, path);
}

function* below(text: string, start: number, place: Place, path: readonly string[]): Generator<SourcedValue> {
  const [step, ...rest] = path;
  if (step === undefined) {
    yield { ...place, source: text.slice(start, endOfValue(text, start)) };
    return;
  }
  const holder = place.value;
  if (typeof holder !== 'object' || holder === null) return;
  for (const { name, at } of members(text, start)) {
    const value: unknown = Reflect.get(holder, name);
    if (step === '*' || step === name) yield* below(text, at, { value, holder, name }, rest);
  }
}

/** The members of the object or array that begins at `start`, with the offsets of their values. */
function* members(text: string, start: number): Generator<{ readonly name: string; readonly at: number }> {
  const isObject = text[start] === '{';
  let at = skipSpace(text, start + 1);
  for (let position = 0; text[at] !== '}' && text[at] !== ']'; position++) {
    let name = String(position);
    if (isObject) {
      const end = endOfText(text, at);
      name = JSON.parse(text.slice(at, end));
      at = skipSpace(text, skipSpace(text, end) + 1);
    }
    yield { name, at };
    at = skipSpace(text, endOfValue(text, at));
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
}

const BRACKET = /["{}[\]]/g;
const SCALAR = /[^,\]} \t\r\n]*/y;
const SPACE = /[ \t\r\n]*/y;

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfText(text, start);
  if (text[start] !== '{' && text[start] !== '[') return endOf(SCALAR, text, start);
  let depth = 0;
  for (let at = start; ; ) {
    BRACKET.lastIndex = at;
    const found = BRACKET.exec(text);
    if (found === null) return text.length;
    const [bracket] = found;
    if (bracket === '"') {
      at = endOfText(text, found.index);
      continue;
    }
    at = found.index + 1;
    depth += bracket === '{' || bracket === '[' ? 1 : -1;
    if (depth === 0) return at;
  }
}

/**
 * The offset after the closing quote. A single regular expression for the string would need a stack as deep as the
 * string is long.
 */
export function endOfText(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let first = at;
    while (text[first - 1] === '\\') first--;
    if ((at - first) % 2 === 0) return at + 1;
  }
  return text.length;
}

export const skipSpace = (text: string, at: number): number => endOf(SPACE, text, at);

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}
