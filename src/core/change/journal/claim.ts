import { open, rm, stat } from 'node:fs/promises';
import { errnoOf } from '../../base/errno.ts';
import type { Timing } from '../../base/timing.ts';

/** Nobody needs so long for what is claimed, in milliseconds. */
const LONGEST_MS = 10_000;
/** Another window is waited for in steps of this, in milliseconds. */
const STEP_MS = 20;

export interface ClaimParts {
  /** Milliseconds since 1970, as the times of files are. */
  readonly clock: () => number;
  readonly timing: Pick<Timing, 'sleep'>;
}

/** Lets go of what is claimed; harmless a second time. */
export type Release = () => Promise<void>;

/** Makes the file that is there while one window alone is at something; `undefined` where another one is. */
export async function claim(path: string, { clock }: Pick<ClaimParts, 'clock'>): Promise<Release | undefined> {
  const age = await stat(path).then(
    ({ mtimeMs }) => clock() - mtimeMs,
    () => 0,
  );
  // Its process broke down, or the clock was set back since.
  if (Math.abs(age) > LONGEST_MS) await rm(path, { force: true });
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return undefined;
    throw error;
  }
  let isHeld = true;
  return async () => {
    if (!isHeld) return;
    isHeld = false;
    await rm(path, { force: true });
  };
}

/** Does something once no other window is at it; it may let go before it has ended. */
export async function whenClaimed<T>(
  path: string,
  parts: ClaimParts,
  work: (release: Release) => Promise<T>,
): Promise<T> {
  for (let waited = 0; ; waited += STEP_MS) {
    if (waited > LONGEST_MS) await rm(path, { force: true });
    const release = await claim(path, parts);
    if (release === undefined) {
      await parts.timing.sleep(STEP_MS);
      continue;
    }
    try {
      return await work(release);
    } finally {
      await release();
    }
  }
}
