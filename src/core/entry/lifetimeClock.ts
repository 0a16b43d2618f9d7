import { nowSeconds } from './entry.ts';

/** A clock by which expirations are judged. */
export interface LifetimeClock {
  /** Unix seconds. */
  now(): number;
  /** False while it is not known: `now` is then that of this machine, which may be wrong by any time. */
  readonly isKnown: boolean;
}

export const machineClock: LifetimeClock = { now: nowSeconds, isKnown: true };

/** That of a store, or of a source. */
export const clockOf = ({ clock = machineClock }: { readonly clock?: LifetimeClock | undefined }): LifetimeClock =>
  clock;
