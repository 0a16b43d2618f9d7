/** The time at which something was kept. */
export interface Moment {
  /** Unix milliseconds. The clock may have been set back between two windows. */
  readonly at: number;
  /**
   * The id of the machine's boot and the milliseconds since then, which all windows count alike. If the system does not
   * tell, the id of the window and its own counter. Absent in data from older versions.
   */
  readonly tick?: string | undefined;
}

const OF_A_WINDOW = 'window-';

/** The tick of a window that counts by itself: a later tick has a larger count. */
export const windowTick = (window: string, count: number): string => `${OF_A_WINDOW}${window} ${count}`;

/**
 * Negative if the first came before the second, judging by the machine's or the window's counter. `undefined` if there
 * is no proof, because the clock may have been set back in between.
 */
export function provenOrder(one: Moment, other: Moment): number | undefined {
  const [a, b] = [split(one.tick), split(other.tick)];
  return a && b && a.boot === b.boot ? a.ms - b.ms : undefined;
}

/** Negative if the first came before the second. Uses the clock if the order is not proven. */
export const compareMoments = (one: Moment, other: Moment): number => provenOrder(one, other) ?? one.at - other.at;

/**
 * Sorts items newest first, as far as that can be known. Items from earlier boots come after those of the present one.
 * Within a boot, the machine's counter decides; otherwise, only the clock can.
 */
export function newestFirst<T extends Moment & { readonly id: string }>(items: readonly T[], now: Moment): T[] {
  const placed = items.map((item) => ({ item, tick: bootTick(item) }));
  const present = bootTick(now);
  const isPresent = (item: T, tick: ReturnType<typeof bootTick>): boolean =>
    present !== undefined && (tick ? tick.boot === present.boot : item.at >= now.at - present.ms);
  /** For each boot, how far the clock was ahead of the machine's counter at the latest known moment. */
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

/** Ignores a window's own counter: its times never go back, so the counter tells no more than they do. */
const bootTick = ({ tick }: Moment) => (tick?.startsWith(OF_A_WINDOW) ? undefined : split(tick));

function split(tick: string | undefined) {
  if (tick === undefined) return undefined;
  const end = tick.lastIndexOf(' ');
  return { boot: tick.slice(0, end), ms: Number(tick.slice(end + 1)) };
}
