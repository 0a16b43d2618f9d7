import { endOfText, skipSpace } from './jsonSource.ts';

/*
 * Works around a bug in V8 13, which confuses member names if an object of the same shape came before: it compares a
 * name's source text, including escapes, with the name it expects, but only up to the length of that name. After
 * `{"x":1,"a\\":1}`, `JSON.parse` reads the member `"a\""` of `{"x":1,"a\"":1}` as `a\` (seen in Node 24.21, V8 13.6,
 * with and without a reviver; not in Node 20).
 */

interface Name {
  readonly start: number;
  readonly end: number;
}

/** Parses JSON with the correct member names. `parse` is `JSON.parse` or calls it with the text. */
export function withEscapedNames(text: string, parse: (text: string) => unknown): unknown {
  const parsed = parse(text);
  if (!text.includes('\\')) return parsed;
  const names = [...escapedNames(text)];
  if (names.length === 0) return parsed;
  let mark = '\uE000';
  while (text.includes(mark)) mark += '\uE000';
  const known = new Map<string, string>();
  let plain = '';
  let at = 0;
  for (const { start, end } of names) {
    const alias = `${mark}${known.size}`;
    known.set(alias, JSON.parse(text.slice(start, end)));
    plain += `${text.slice(at, start)}"${alias}"`;
    at = end;
  }
  return renamed(parse(plain + text.slice(at)), (name) => known.get(name) ?? name);
}

/** Finds the names with an escape in a JSON text, including their quotes. */
function* escapedNames(text: string): Generator<Name> {
  let backslash = text.indexOf('\\');
  for (let start = text.indexOf('"'); start >= 0 && backslash >= 0; ) {
    const end = endOfText(text, start);
    if (backslash < start) backslash = text.indexOf('\\', start);
    if (backslash >= 0 && backslash < end && text[skipSpace(text, end)] === ':') yield { start, end };
    start = text.indexOf('"', end);
  }
}

function renamed(value: unknown, nameOf: (name: string) => string): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return value.map((inner) => renamed(inner, nameOf));
  // `Object.fromEntries` makes an ordinary member even of a name such as `__proto__`.
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [nameOf(name), renamed(inner, nameOf)]));
}
