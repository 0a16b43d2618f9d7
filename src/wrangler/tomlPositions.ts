import type { ConfigPath } from './configText.ts';
import { lineAt } from './configText.ts';
import { tomlStatements } from './tomlStatements.ts';

type ParseToml = typeof import('./parsers.lazy.ts').parseToml;

/**
 * Lines, from 1, of every table, list entry and key of a valid TOML text, under the JSON of their path:
 * `["env","production","kv_namespaces",0]`. Entries of inline lists are included, what is inside inline tables is not.
 */
export function tomlPositions(text: string, parseToml: ParseToml): Map<string, number> {
  const positions = new Map<string, number>();
  const keep = (path: ConfigPath, start: number) => {
    const key = JSON.stringify(path);
    if (!positions.has(key)) positions.set(key, lineAt(text, start));
  };
  for (const { kind, path, start, value } of tomlStatements(text, parseToml)) {
    if (kind === 'list') keep(path.slice(0, -1), start);
    keep(path, start);
    if (value?.kind === 'list') for (const [index, item] of value.items.entries()) keep([...path, index], item.start);
  }
  return positions;
}
