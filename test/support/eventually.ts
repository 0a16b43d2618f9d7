import { setTimeout as wait } from 'node:timers/promises';

/** Tries an assertion again and again until it holds; after the limit, its last failure is the result. */
export async function eventually<T>(assertion: () => T | Promise<T>, limitMilliseconds = 20_000): Promise<T> {
  const end = performance.now() + limitMilliseconds;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() > end) {
        throw error;
      }
    }
    await wait(50);
  }
}
