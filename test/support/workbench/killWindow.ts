import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { eventually } from '../eventually.ts';
import { patience } from './effect.ts';
import { leave } from './messages.ts';

/**
 * Kills the window and the process of its extensions in the middle of what they are doing, and opens the window anew.
 */
export async function killWindow(page: Page, extensionHost: number): Promise<void> {
  const address = page.url();
  // From here on it does nothing any more: neither go on, nor come to an orderly end when the window has gone.
  process.kill(extensionHost, 'SIGSTOP');
  await leave(page);
  process.kill(extensionHost, 'SIGKILL');
  await eventually(() => assert.throws(() => process.kill(extensionHost, 0), { code: 'ESRCH' }), patience);
  await page.goto(address);
}
