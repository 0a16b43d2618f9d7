import { isRefusal } from './limits.ts';

const TRIES = 4;

/**
 * Works on the items, with a limited number at once. After the first error it waits for the items in progress, then
 * throws.
 */
export async function inLanes<T>(items: Iterable<T>, lanes: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items[Symbol.iterator]();
  const errors: unknown[] = [];
  const lane = async (): Promise<void> => {
    while (errors.length === 0) {
      const next = rest.next();
      if (next.done) return;
      try {
        await work(next.value);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (errors.length > 0) throw errors[0];
}

/**
 * Yields in order. A number of items are opened ahead of the one being read, so that no two values are in memory at
 * once.
 */
export async function* openAhead<T, O>(
  items: Iterable<T>,
  lanes: number,
  open: (item: T) => Promise<O>,
): AsyncGenerator<readonly [T, Promise<O>]> {
  const ahead: (readonly [T, Promise<O>])[] = [];
  for (const item of items) {
    const opening = open(item);
    opening.catch(() => {}); // it is thrown where it is awaited
    ahead.push([item, opening]);
    const first = ahead.length < lanes ? undefined : ahead.shift();
    if (first) yield first;
  }
  yield* ahead;
}

/** Retries work on one key, because repeating a page would repeat a thousand of them. */
export async function again<T>(
  work: () => Promise<T>,
  firstPauseMs: number,
  failed?: (error: unknown) => void,
): Promise<T> {
  for (let attempt = 1, pause = firstPauseMs; ; attempt++, pause *= 3) {
    try {
      return await work();
    } catch (error) {
      failed?.(error);
      if (attempt === TRIES || isRefusal(error)) throw error;
      await scheduler.wait(pause);
    }
  }
}
