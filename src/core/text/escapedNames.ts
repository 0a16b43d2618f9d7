import { endOfText, skipSpace } from './jsonSource.ts';

/*
 * V8 13 takes the name of a member for another one where an object of the same shape had that: it compares the name's
 * source text, escapes and all, with what it expects, as far as the name is long. After `{"x":1,"a\\":1}` the member
 * `"a\""` of `{"x":1,"a\"":1}` comes out of `JSON.parse` as `a\` (seen in Node 24.21, V8 13.6, with and without a
 * reviver; not in Node 20).
 */

interface Name {
  readonly start: number;
  readonly end: number;
}

/**
 * What `parse`, which is `JSON.parse` or calls it with the text, makes of a JSON text, with its names as they stand
 * there.
 */
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

/** Where names with an escape stand in a JSON text, quotes included. */
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
  // Also of a name such as `__proto__` a member becomes.
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [nameOf(name), renamed(inner, nameOf)]));
}
