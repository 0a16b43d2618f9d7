import { type ConfigPath, lineFinder, type Place, type Span } from './configText.ts';
import { PathMap } from './pathMap.ts';
import { type TomlStatement, type TomlValue, tomlStatements } from './tomlStatements.ts';

type ParseToml = typeof import('./parsers.lazy.ts').parseToml;

/** Positions of values in a TOML text. */
interface TomlPositions {
  /** Lines, from 1, of all tables, list entries and keys except those inside inline tables. */
  line(path: ConfigPath): number | undefined;
  /** Places of everything, including inside inline tables. */
  place(path: ConfigPath): Place | undefined;
}

/** The positions in a valid TOML text, which is read on first use. */
export function tomlPositions(text: string, parseToml: ParseToml): TomlPositions {
  let read: readonly TomlStatement[] | undefined;
  const statements = (): readonly TomlStatement[] => {
    read ??= tomlStatements(text, parseToml);
    return read;
  };
  let lines: { offsets: PathMap<number>; lineAt: (offset: number) => number } | undefined;
  let places: PathMap<Place> | undefined;
  return {
    line: (path) => {
      lines ??= { offsets: offsetsOf(statements()), lineAt: lineFinder(text) };
      const offset = lines.offsets.get(path);
      return offset === undefined ? undefined : lines.lineAt(offset);
    },
    place: (path) => {
      places ??= placesOf(text, statements());
      return places.get(path);
    },
  };
}

function offsetsOf(statements: readonly TomlStatement[]): PathMap<number> {
  const offsets = new PathMap<number>();
  const keep = (part: PathMap<number>, start: number): void => {
    part.value ??= start;
  };
  for (const { kind, path, start, value } of statements) {
    const part = offsets.at(path);
    if (kind === 'list') keep(offsets.at(path.slice(0, -1)), start);
    keep(part, start);
    if (value?.kind === 'list') for (const [index, item] of value.items.entries()) keep(part.below(index), item.start);
  }
  return offsets;
}

function placesOf(text: string, statements: readonly TomlStatement[]): PathMap<Place> {
  const places = new PathMap<Place>();
  let header: PathMap<Place> | undefined;
  for (const statement of statements) {
    const span = { start: statement.start, end: statement.end };
    const { value, path } = statement;
    if (value) {
      const key = keyIn(text, span.start, value);
      keepOwners(path, { key, value: span });
      keepValue(places.at(path), value, key);
      // A table extends to its last key.
      if (header?.value) header.value = { ...header.value, value: { start: header.value.value.start, end: span.end } };
    } else {
      keepOwners(path, { key: span, value: span });
      header = places.at(path);
      header.value = { key: span, value: span };
    }
  }
  return places;

  /** Tables without a header of their own get the place of the first thing in them. */
  function keepOwners(path: ConfigPath, place: Place): void {
    let part = places;
    for (const step of path.slice(0, -1)) {
      part = part.below(step);
      part.value ??= place;
    }
  }

  function keepValue(part: PathMap<Place>, { kind, items, start, end }: TomlValue, key?: Span): void {
    part.value = { ...(key && { key }), value: { start, end } };
    for (const [index, item] of items.entries()) {
      if (kind === 'list') keepValue(part.below(index), item.value);
      else keepPair(part, item.key, item.value, keyIn(text, item.start, item.value));
    }
  }

  function keepPair(table: PathMap<Place>, names: readonly string[], value: TomlValue, key: Span): void {
    let part = table;
    for (const name of names) {
      part = part.below(name);
      part.value ??= { key, value: { start: key.start, end: value.end } };
    }
    keepValue(part, value, key);
  }
}

/** The key of a pair, without what comes between it and its value. */
const keyIn = (text: string, start: number, value: TomlValue): Span => ({
  start,
  end: start + text.slice(start, value.start).replace(/[ \t]*=[ \t]*$/, '').length,
});
