import type { Locator } from 'playwright-core';
import { eventually } from '../eventually.ts';

/** The longest that anything in the workbench may take, on a busy machine. */
export const patience = 30_000;

/** One attempt at a click, a key press or a change; what takes longer is tried again. */
export const attempt = 5000;

/**
 * Does something, and again for as long as its effect is not to be seen: what is drawn anew at that moment loses a
 * click, and a person clicks again.
 */
export async function untilVisible(effect: Locator, act: () => Promise<unknown>): Promise<void> {
  let done = false;
  await eventually(async () => {
    if (!done || !(await effect.isVisible())) {
      await act();
      done = true;
    }
    await effect.waitFor({ timeout: attempt });
  }, patience);
}
