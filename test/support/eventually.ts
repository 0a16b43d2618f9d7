import { setTimeout as wait } from 'node:timers/promises';

/** Retries an assertion until it holds; after the limit, its last failure is thrown. */
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
