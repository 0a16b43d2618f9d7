import type { ConfigProblem } from './config.ts';

/** A place inside a config: property names and, in lists, indexes from 0. */
export type ConfigPath = readonly (string | number)[];

/** A part of a text, as offsets; `end` is the first one after it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where something stands in a text. */
export interface Place {
  /** The name of a property; of a TOML table the header that opens it. Absent for an entry of a list. */
  readonly key?: Span;
  readonly value: Span;
}

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
  /** The same in offsets, inside inline tables too. */
  place(path: ConfigPath): Place | undefined;
}

/** Gives the line of an offset, from 1; to be made once for a text. */
export function lineFinder(text: string): (offset: number) => number {
  const breaks: number[] = [];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) breaks.push(at);
  return (offset) => {
    let low = 0;
    let high = breaks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((breaks[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}
