import { throwIfCancelled } from '../../../src/core/base/cancel.ts';
import type { Timing } from '../../../src/core/base/timing.ts';

/** Pseudo-random numbers from 0 up to 1, the same for the same seed (Mulberry32, public domain). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Runs concurrent tasks step by step in an order determined by the seed, with a clock that moves when no task can take
 * a step. An order that shows a fault can therefore be repeated.
 */
export class Turns implements Timing {
  readonly random: () => number;
  #now = 1_700_000_000_000;
  #ready: (() => void)[] = [];
  #sleeping: { readonly until: number; readonly wake: () => void }[] = [];
  steps = 0;

  constructor(seed: number) {
    this.random = randomOf(seed);
  }

  now(): number {
    return this.#now;
  }

  /** Lets time pass, in milliseconds, during which no task takes a step. */
  pass(ms: number): void {
    this.#now += ms;
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** A random item; there must be at least one. */
  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)] as T;
  }

  /** Resolves when it is the caller's turn. */
  async turn(): Promise<void> {
    await new Promise<void>((resolve) => this.#ready.push(resolve));
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    await new Promise<void>((resolve) => {
      this.alarm(ms, resolve);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
    throwIfCancelled(signal);
  }

  alarm(ms: number, ring: () => void): () => void {
    const sleeper = { until: this.#now + ms, wake: ring };
    this.#sleeping.push(sleeper);
    return () => {
      this.#sleeping = this.#sleeping.filter((other) => other !== sleeper);
    };
  }

  /** Runs until `isOver`, or until nobody has anything left to do. */
  async run(isOver: () => boolean): Promise<void> {
    await settled();
    while (!isOver()) {
      this.steps++;
      this.#now++;
      if (this.#ready.length > 0 && !(this.#sleeping.length > 0 && this.chance(0.05))) {
        const [next] = this.#ready.splice(Math.floor(this.random() * this.#ready.length), 1);
        next?.();
      } else if (this.#sleeping.length > 0) {
        const next = this.#sleeping.reduce((first, other) => (other.until < first.until ? other : first));
        this.#sleeping = this.#sleeping.filter((other) => other !== next);
        this.#now = Math.max(this.#now, next.until);
        next.wake();
      } else return;
      await settled();
    }
  }
}

/** Everything that waits only for promises has run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
