import type { ConfigPath } from './configText.ts';
import { lineFinder } from './configText.ts';
import { PathMap } from './pathMap.ts';
import { tomlStatements } from './tomlStatements.ts';

type ParseToml = typeof import('./parsers.lazy.ts').parseToml;

/**
 * Gives the line, from 1, of every table, list entry and key of a valid TOML text. Entries of inline lists are included,
 * what is inside inline tables is not. The text is gone through when the first line is asked for.
 */
export function tomlPositions(text: string, parseToml: ParseToml): (path: ConfigPath) => number | undefined {
  let found: { offsets: PathMap<number>; lineAt: (offset: number) => number } | undefined;
  return (path) => {
    found ??= { offsets: offsetsIn(text, parseToml), lineAt: lineFinder(text) };
    const offset = found.offsets.get(path);
    return offset === undefined ? undefined : found.lineAt(offset);
  };
}

function offsetsIn(text: string, parseToml: ParseToml): PathMap<number> {
  const offsets = new PathMap<number>();
  const keep = (part: PathMap<number>, start: number): void => {
    part.value ??= start;
  };
  for (const { kind, path, start, value } of tomlStatements(text, parseToml)) {
    const part = offsets.at(path);
    if (kind === 'list') keep(offsets.at(path.slice(0, -1)), start);
    keep(part, start);
    if (value?.kind === 'list') for (const [index, item] of value.items.entries()) keep(part.below(index), item.start);
  }
  return offsets;
}
