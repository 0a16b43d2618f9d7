import { readFileSync } from 'node:fs';
import type { Worked } from './work.ts';

const SAMPLE_MS = 10;

/**
 * Watches the memory of this process, which needs `--expose-gc`, from now on until the function that it gives is
 * called.
 */
export function watchMemory(): () => Pick<Worked, 'growthBytes' | 'heapBytes'> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let [rss, heapBytes] = [before, 0];
  const sample = (): void => {
    const now = process.memoryUsage();
    rss = Math.max(rss, now.rss);
    heapBytes = Math.max(heapBytes, now.heapUsed);
  };
  const timer = setInterval(sample, SAMPLE_MS);
  return () => {
    clearInterval(timer);
    sample();
    return { growthBytes: Math.max(rss, highWaterMark()) - before, heapBytes };
  };
}

/** What Linux itself kept of it, which misses nothing between two samples. */
function highWaterMark(): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
