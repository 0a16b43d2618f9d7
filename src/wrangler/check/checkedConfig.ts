import * as l10n from '@vscode/l10n';
import type { CheckEvidence } from '../../core/check/item.ts';
import { TextPlaces } from '../../core/text/textRange.ts';
import type { Span } from '../configText.ts';
import type { ConfigOutline, OutlineEntry } from '../outline.ts';
import type { Remotes } from './gitRemotes.ts';

/** A config to check. */
export interface CheckedConfig {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  readonly outline: ConfigOutline;
  readonly remotes: Remotes;
  /** The text of the file that `wrangler types` wrote beside it; absent if there is none. */
  readonly types?: string;
}

/** Returns a function that gives the position of evidence in its text. */
export const placeIn = ({ path, text }: CheckedConfig) => {
  const places = new TextPlaces(text);
  return ({ start, end }: Span, problem?: string): NonNullable<CheckEvidence['place']> => ({
    path,
    range: places.range(start, end),
    ...(problem !== undefined && { problem }),
  });
};

/** An entry with its environment, which is undefined for the top level. */
export interface PlacedEntry extends OutlineEntry {
  readonly environment: string | undefined;
}

export const entriesOf = ({ outline }: CheckedConfig): readonly PlacedEntry[] =>
  outline.tables.flatMap(({ environment, entries }) => entries.map((entry) => ({ ...entry, environment })));

/** Why nothing can be said of what is missing in a config with values of the wrong type. */
export const oddText = (): string =>
  l10n.t('A list of KV bindings or an environment is something else than wrangler takes.');
