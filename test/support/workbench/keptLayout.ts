import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { eventually } from '../eventually.ts';
import { patience } from './effect.ts';

/** Runs in the browser. */
const LAYOUTS = `(async () => {
  const answer = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const layouts = [];
  for (const { name } of await indexedDB.databases()) {
    if (!name.startsWith('vscode-web-state-db-')) continue;
    const database = await answer(indexedDB.open(name));
    const items = database.transaction('ItemTable').objectStore('ItemTable');
    layouts.push(String(await answer(items.get('memento/workbench.parts.editor'))));
    database.close();
  }
  return layouts.join('\\n');
})()`;

/**
 * Waits until the browser keeps a layout of open editors and their states in which this is found. VS Code keeps it
 * every few seconds, and not when the window is left: a window that is left before comes back with an older layout.
 */
export async function keptLayout(page: Page, state: RegExp): Promise<void> {
  await eventually(async () => assert.match(await page.evaluate<string>(LAYOUTS), state), patience);
}
