import type { ConfigProblem } from './config.ts';

/** A place inside a config: property names and, in lists, indexes from 0. */
export type ConfigPath = readonly (string | number)[];

/** The text of a config, read as far as possible, the same for TOML and JSON. */
export interface ConfigText {
  /** Plain values; `undefined` when nothing could be read. */
  readonly value: unknown;
  /** The first place where the text is broken. */
  readonly problem?: ConfigProblem;
  /** True where a broken text may have lost a part of the value at this place. */
  damaged(path: ConfigPath): boolean;
  /** Line of a place, from 1, or `undefined` where it cannot be told. */
  line(path: ConfigPath): number | undefined;
}

/** Line of an offset, from 1. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
