import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../eventually.ts';

/** The longest time that anything in the workbench may take on a busy machine. */
export const patience = 60_000;

/** Time for one attempt at a click, a key press or a change, before it is tried again. */
export const attempt = 5000;

/**
 * Repeats an action until its effect is visible: a click on something that is being rendered again is lost, and a user
 * would click again.
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

/** Presses a key until a condition holds; not at all if it already does. */
export async function pressUntil(page: Page, key: string, isSo: () => Promise<boolean>): Promise<void> {
  if (await isSo()) return;
  await eventually(async () => {
    await page.keyboard.press(key);
    await eventually(async () => assert.ok(await isSo(), `${key} does nothing`), attempt);
  }, patience);
}
