import { nowSeconds } from './entry.ts';

/** The clock by which expirations are judged. */
export interface LifetimeClock {
  /** Unix seconds. */
  now(): number;
  /** False while the time is not known: `now` then uses this machine's clock, which may be wrong by any amount. */
  readonly isKnown: boolean;
}

const machineClock: LifetimeClock = { now: nowSeconds, isKnown: true };

/** The clock of a store or a source. */
export const clockOf = ({ clock = machineClock }: { readonly clock?: LifetimeClock | undefined }): LifetimeClock =>
  clock;

const MINUTE = 60;
/** The time an answer takes on its way makes a clock seem slow, and two readings may differ by a whole second. */
const NOISE_SECONDS = 5;

/**
 * How many seconds a clock is ahead of this machine's; 0 if the difference may be noise, so that countdowns run evenly.
 */
export function secondsAhead(clock: LifetimeClock): number {
  const ahead = clock.now() - nowSeconds();
  return Math.abs(ahead) <= NOISE_SECONDS ? 0 : ahead;
}

/**
 * Like {@link secondsAhead}, but in whole minutes, so that two starts of the same work get the same number; rounded up,
 * so that no lifetime becomes too short.
 */
export const minutesAhead = (clock: LifetimeClock): number =>
  // `|| 0` turns -0 into 0.
  Math.ceil((clock.now() - nowSeconds() - NOISE_SECONDS) / MINUTE) * MINUTE || 0;
