import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { eventually } from '../eventually.ts';
import { patience } from './effect.ts';
import { leave } from './messages.ts';

/** Kills the window and its extension host in the middle of their work, and opens the window again. */
export async function killWindow(page: Page, extensionHost: number): Promise<void> {
  const address = page.url();
  // From here on it does nothing: it neither continues nor shuts down properly when the window has gone.
  process.kill(extensionHost, 'SIGSTOP');
  await leave(page);
  process.kill(extensionHost, 'SIGKILL');
  await eventually(() => assert.throws(() => process.kill(extensionHost, 0), { code: 'ESRCH' }), patience);
  await page.goto(address);
}
