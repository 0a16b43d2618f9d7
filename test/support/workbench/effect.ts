import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../eventually.ts';

/** The longest that anything in the workbench may take, on a busy machine. */
export const patience = 60_000;

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

/** Presses a key unless something is so already, and again for as long as it does not become so. */
export async function pressUntil(page: Page, key: string, isSo: () => Promise<boolean>): Promise<void> {
  if (await isSo()) return;
  await eventually(async () => {
    await page.keyboard.press(key);
    await eventually(async () => assert.ok(await isSo(), `${key} does nothing`), attempt);
  }, patience);
}
