import * as l10n from '@vscode/l10n';
import type { CheckEvidence } from '../../core/check/item.ts';
import { TextPlaces } from '../../core/text/textRange.ts';
import type { Span } from '../configText.ts';
import type { ConfigOutline, OutlineEntry } from '../outline.ts';
import type { Remotes } from './gitRemotes.ts';

/** A config to be checked. */
export interface CheckedConfig {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  readonly outline: ConfigOutline;
  readonly remotes: Remotes;
  /** What `wrangler types` wrote beside it; absent where there is no such file. */
  readonly types?: string;
}

/** Where evidence stands in its text. */
export const placeIn = ({ path, text }: CheckedConfig) => {
  const places = new TextPlaces(text);
  return ({ start, end }: Span, problem?: string): NonNullable<CheckEvidence['place']> => ({
    path,
    range: places.range(start, end),
    ...(problem !== undefined && { problem }),
  });
};

/** An entry with the environment that it is of: the top level has none. */
export interface PlacedEntry extends OutlineEntry {
  readonly environment: string | undefined;
}

export const entriesOf = ({ outline }: CheckedConfig): readonly PlacedEntry[] =>
  outline.tables.flatMap(({ environment, entries }) => entries.map((entry) => ({ ...entry, environment })));

/** Why nothing can be said of what is missing in an odd config. */
export const oddText = (): string =>
  l10n.t('A list of KV bindings or an environment is something else than wrangler takes.');
