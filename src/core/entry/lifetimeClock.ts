import { nowSeconds } from './entry.ts';

/** A clock by which expirations are judged. */
export interface LifetimeClock {
  /** Unix seconds. */
  now(): number;
  /** False while it is not known: `now` is then told by that of this machine, which may be wrong by any time. */
  readonly isKnown: boolean;
}

const machineClock: LifetimeClock = { now: nowSeconds, isKnown: true };

/** That of a store, or of a source. */
export const clockOf = ({ clock = machineClock }: { readonly clock?: LifetimeClock | undefined }): LifetimeClock =>
  clock;

const MINUTE = 60;
/** What an answer takes on its way makes a clock seem to be behind, and a whole second may be between two readings. */
const NOISE_SECONDS = 5;

/**
 * How many seconds a clock is ahead of that of this machine; 0 for what may be noise, so that rows count down evenly.
 */
export function secondsAhead(clock: LifetimeClock): number {
  const ahead = clock.now() - nowSeconds();
  return Math.abs(ahead) <= NOISE_SECONDS ? 0 : ahead;
}

/**
 * The same in whole minutes, so that two starts of the same work have the same, and not too few, so that no lifetime
 * becomes too short.
 */
export const minutesAhead = (clock: LifetimeClock): number =>
  // Not -0.
  Math.ceil((clock.now() - nowSeconds() - NOISE_SECONDS) / MINUTE) * MINUTE || 0;
