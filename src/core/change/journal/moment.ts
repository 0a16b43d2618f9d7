/** When something was kept. */
export interface Moment {
  /** In milliseconds since 1970, by a clock that may have been set back between two windows. */
  readonly at: number;
  /** The boot of the machine, and the milliseconds since then, which all windows count alike; absent where nobody tells. */
  readonly tick?: string | undefined;
}

/** Below 0 where the first came before the second: by what the machine has counted, where both are of one boot. */
export function compareMoments(one: Moment, other: Moment): number {
  const [a, b] = [split(one.tick), split(other.tick)];
  return a && b && a.boot === b.boot ? a.ms - b.ms : one.at - other.at;
}

function split(tick: string | undefined) {
  if (tick === undefined) return undefined;
  const end = tick.lastIndexOf(' ');
  return { boot: tick.slice(0, end), ms: Number(tick.slice(end + 1)) };
}
