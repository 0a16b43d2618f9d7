/** One row of the table of figures. */
export interface Figure {
  readonly work: string;
  /** As the design states it. */
  readonly mustReach: string;
  /** What was measured, in words. */
  readonly measured: string;
  readonly ok: boolean;
  /** The raw numbers, named with their unit. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** A file of this folder exports one of these; it cleans up after itself. */
export type Bench = () => Promise<readonly Figure[]>;

export async function timed<T>(run: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const start = performance.now();
  const result = await run();
  return { ms: performance.now() - start, result };
}

/** The middle of several runs' milliseconds, after one that does not count. */
export async function medianOf(runs: number, run: () => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i <= runs; i++) {
    const { ms } = await timed(run);
    if (i > 0) all.push(ms);
  }
  return median(all);
}

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

export const ms = (value: number): string =>
  value < 10_000 ? `${value < 10 ? value.toFixed(1) : Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
export const times = (value: number): string => `${value.toFixed(1)} ×`;
export const kB = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;
export const MB = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
