import type { Tally } from '../protocol.ts';

export const emptyTally = (): Tally => ({
  done: 0,
  expiring: 0,
  gone: 0,
  present: 0,
  removed: 0,
  failed: 0,
  matches: 0,
  differs: 0,
  mended: 0,
  bytes: 0,
  reads: 0,
  readMs: 0,
  writes: 0,
  writeMs: 0,
  deletes: 0,
  lists: 0,
  listMs: 0,
});

export function add(sum: Tally, other: Readonly<Tally>): void {
  for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += other[name];
}

/** For work that will be done again, only the calls that it has cost count. */
export function costOf({ reads, readMs, writes, writeMs, deletes, lists, listMs }: Readonly<Tally>): Tally {
  return { ...emptyTally(), reads, readMs, writes, writeMs, deletes, lists, listMs };
}
