import type { CheckEvidence } from '../../core/check/item.ts';
import { TextPlaces } from '../../core/text/textRange.ts';
import type { Span } from '../configText.ts';
import type { ConfigOutline } from '../outline.ts';
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
