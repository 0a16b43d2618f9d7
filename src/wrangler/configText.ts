import type { ConfigProblem } from './config.ts';

/** A place inside a config: property names and, in lists, indexes from 0. */
export type ConfigPath = readonly (string | number)[];

/** A part of a text, as offsets; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where something is in a text. */
export interface Place {
  /** The name of a property, or the header that opens a TOML table. Absent for an entry of a list. */
  readonly key?: Span;
  readonly value: Span;
}

/** The text of a config, read as far as possible, the same for TOML and JSON. */
export interface ConfigText {
  /** Plain values; `undefined` if nothing could be read. */
  readonly value: unknown;
  /** The first place at which the text is broken. */
  readonly problem?: ConfigProblem;
  /** True if a part of the value at this place may be missing because the text is broken. */
  damaged(path: ConfigPath): boolean;
  /** Line of a place, from 1, or `undefined` if unknown. */
  line(path: ConfigPath): number | undefined;
  /** The same as offsets, including inside inline tables. */
  place(path: ConfigPath): Place | undefined;
}

/** Returns a function that gives the line of an offset, from 1. Create it only once for each text. */
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
