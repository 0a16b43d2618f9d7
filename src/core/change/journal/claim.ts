import { open, rm, stat } from 'node:fs/promises';
import { errnoOf } from '../../base/errno.ts';
import type { Timing } from '../../base/timing.ts';

/** A claim that is older than this, in milliseconds, was left behind. */
const LONGEST_MS = 10_000;
/** How long to wait, in milliseconds, before another try if another window has the claim. */
const STEP_MS = 20;

export interface ClaimParts {
  /** Unix milliseconds, like the times of files. */
  readonly clock: () => number;
  readonly timing: Pick<Timing, 'sleep'>;
}

/** Releases the claim. May be called more than once. */
export type Release = () => Promise<void>;

/** Creates the file that marks that only this window is doing something; `undefined` if another window is doing it. */
export async function claim(path: string, { clock }: Pick<ClaimParts, 'clock'>): Promise<Release | undefined> {
  const age = await stat(path).then(
    ({ mtimeMs }) => clock() - mtimeMs,
    () => 0,
  );
  // Its process has crashed, or the clock was set back since.
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

/** Does something as soon as no other window is doing it. The work may release the claim before it ends. */
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
