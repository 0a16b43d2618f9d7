import { setTimeout as wait } from 'node:timers/promises';

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 50;

/** Retries an assertion until it holds, with short pauses at first; after the limit, its last failure is thrown. */
export async function eventually<T>(assertion: () => T | Promise<T>, limitMilliseconds = 20_000): Promise<T> {
  const end = performance.now() + limitMilliseconds;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() > end) {
        throw error;
      }
    }
    await wait(pause);
  }
}
