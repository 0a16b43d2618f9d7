/** When something was kept. */
export interface Moment {
  /** In milliseconds since 1970, by a clock that may have been set back between two windows. */
  readonly at: number;
  /**
   * The boot of the machine, and the milliseconds since then, which all windows count alike. Where nobody tells, the
   * window and what it has counted itself; absent in what versions of old have kept.
   */
  readonly tick?: string | undefined;
}

const OF_A_WINDOW = 'window-';

/** The tick of a window that counts by itself: of two, the later has the larger count. */
export const windowTick = (window: string, count: number): string => `${OF_A_WINDOW}${window} ${count}`;

/**
 * Below 0 where the first came before the second, by what the machine, or one window, has counted. `undefined` where
 * nothing proves it: the clock may have been set back in between.
 */
export function provenOrder(one: Moment, other: Moment): number | undefined {
  const [a, b] = [split(one.tick), split(other.tick)];
  return a && b && a.boot === b.boot ? a.ms - b.ms : undefined;
}

/** Below 0 where the first came before the second: what is not proven goes by the clock. */
export const compareMoments = (one: Moment, other: Moment): number => provenOrder(one, other) ?? one.at - other.at;

/**
 * The newest first, as far as it can be told. What is not of the present boot came before what is. Within one boot the
 * machine has counted; between others, and of what has no count, only the clock tells.
 */
export function newestFirst<T extends Moment & { readonly id: string }>(items: readonly T[], now: Moment): T[] {
  const placed = items.map((item) => ({ item, tick: bootTick(item) }));
  const present = bootTick(now);
  const isPresent = (item: T, tick: ReturnType<typeof bootTick>): boolean =>
    present !== undefined && (tick ? tick.boot === present.boot : item.at >= now.at - present.ms);
  /** By boot, how far the clock was ahead of what the machine had counted, in the end. */
  const ahead = new Map<string, { readonly ms: number; readonly by: number }>();
  for (const { item, tick } of placed) {
    const known = tick && ahead.get(tick.boot);
    if (tick && (!known || known.ms <= tick.ms)) ahead.set(tick.boot, { ms: tick.ms, by: item.at - tick.ms });
  }
  return placed
    .map(({ item, tick }) => ({
      item,
      isPresent: isPresent(item, tick),
      at: tick ? tick.ms + (ahead.get(tick.boot)?.by ?? 0) : item.at,
    }))
    .sort((a, b) => Number(b.isPresent) - Number(a.isPresent) || b.at - a.at || (a.item.id < b.item.id ? 1 : -1))
    .map(({ item }) => item);
}

/** The times of one window never go back: what it has counted tells no more than they do. */
const bootTick = ({ tick }: Moment) => (tick?.startsWith(OF_A_WINDOW) ? undefined : split(tick));

function split(tick: string | undefined) {
  if (tick === undefined) return undefined;
  const end = tick.lastIndexOf(' ');
  return { boot: tick.slice(0, end), ms: Number(tick.slice(end + 1)) };
}
