import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

/** The host may stand still for so long at a time, in milliseconds. */
export const MOST_BLOCKED = 50;
const RESOLUTION = 5;

/** The longest time in which nothing else could run here, beyond what the timer itself is late. */
export async function blocked(run: () => Promise<void>): Promise<number> {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  delays.enable();
  await pause(50);
  delays.reset();
  await run();
  await pause(50);
  delays.disable();
  return Math.max(0, delays.max / 1e6 - RESOLUTION);
}

/**
 * The longest that this thread itself worked at a time, in milliseconds: on a busy machine it stands still for longer.
 */
export async function longestWork(run: () => Promise<void>): Promise<number> {
  const workedMs = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let before = workedMs();
  let longest = 0;
  const timer = setInterval(() => {
    const now = workedMs();
    longest = Math.max(longest, now - before);
    before = now;
  }, 1);
  await run();
  clearInterval(timer);
  return longest;
}
