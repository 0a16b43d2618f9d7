import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../eventually.ts';
import { attempt, patience } from './effect.ts';

/** A visible notification with this text. */
export function notification(page: Page, text: string | RegExp): Locator {
  return page.locator('.notifications-toasts .notification-toast', { hasText: text });
}

/** VS Code shows at most three notifications within 800 ms, and any others only in its list. */
const READING_MS = 900;

/** Presses a button of a notification, which then closes. Waits as long as a user takes to read it. */
export async function answerNotification(page: Page, text: string | RegExp, button: string): Promise<void> {
  const toast = notification(page, text);
  await toast.waitFor();
  await page.waitForTimeout(READING_MS);
  await eventually(async () => {
    if (await toast.isVisible()) {
      await toast.getByRole('button', { name: button }).click({ timeout: attempt });
    }
    await toast.waitFor({ state: 'detached', timeout: attempt });
  }, patience);
}

/** The modal dialog that is open. */
export function dialog(page: Page): Locator {
  return page.locator('.monaco-dialog-box');
}

/** The question of the open dialog and its detail, line by line. */
export async function dialogLines(page: Page): Promise<string[]> {
  return (await dialog(page).locator('.dialog-message-container').innerText()).split(/\n+/);
}

/** Presses a button of the open dialog and waits until it is gone. */
export async function answerDialog(page: Page, button: string | RegExp): Promise<void> {
  await dialog(page).getByRole('button', { name: button }).click();
  await dialog(page).waitFor({ state: 'detached' });
}

/** An item of the status bar that shows this text. */
export function statusBarItem(page: Page, text: string): Locator {
  return page.locator('.statusbar-item', { hasText: text });
}

/** Leaves the workbench like closing the window, which is refused until unsaved text has been backed up. */
export async function leave(page: Page): Promise<void> {
  await eventually(async () => {
    page.once('dialog', (question) => void question.dismiss());
    await page.goto('about:blank');
    assert.equal(page.url(), 'about:blank');
  }, patience);
}
