import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../eventually.ts';
import { attempt, patience } from './effect.ts';

const widget = (page: Page): Locator => page.locator('.quick-input-widget:visible');

/** The text field of the open quick pick or input box. */
export function quickInput(page: Page): Locator {
  return widget(page).locator('.quick-input-box input');
}

/** The message of an input box about its text. */
export function quickInputMessage(page: Page, text: string): Locator {
  return widget(page).locator('.quick-input-message').getByText(text, { exact: true });
}

/** The title, which contains the question. */
export function quickInputTitle(page: Page, text: string): Locator {
  return widget(page).locator('.quick-input-title').getByText(text, { exact: true });
}

/** The rows of the open quick pick. */
function quickPickRows(page: Page): Locator {
  return widget(page).locator('.quick-input-list .monaco-list-row');
}

/** The row of the open quick pick whose label is exactly this. */
function rowOf(page: Page, label: string): Locator {
  return quickPickRows(page)
    .filter({ has: page.getByText(label, { exact: true }) })
    .first();
}

/** The current question; empty if there is none. An input box's message about its text is not part of it. */
async function question(page: Page): Promise<string> {
  const [title, input, list] = await Promise.all([
    widget(page).locator('.quick-input-title').allTextContents(),
    quickInput(page).evaluateAll((inputs) =>
      inputs.map((element) => [element.getAttribute('placeholder'), element.getAttribute('aria-label')]),
    ),
    widget(page).locator('.quick-input-list:visible').count(),
  ]);
  return input.length === 0 ? '' : JSON.stringify([title, input, list]);
}

const waitForAnother = (page: Page, asked: string): Promise<void> =>
  eventually(async () => assert.notEqual(await question(page), asked), attempt);

/** Answers a question, repeating it while the same question is shown. */
async function answer(page: Page, act: () => Promise<unknown>): Promise<void> {
  const asked = await question(page);
  await eventually(async () => {
    if ((await question(page)) === asked) await act();
    await waitForAnother(page, asked);
  }, patience);
}

/** Selects the row of a quick pick whose label is exactly this. */
export async function pick(page: Page, label: string): Promise<void> {
  const row = rowOf(page, label);
  await row.waitFor();
  await answer(page, () => row.click({ timeout: attempt }));
}

/** Types into an input box and accepts it. */
export async function enterText(page: Page, text: string): Promise<void> {
  const input = quickInput(page);
  await input.waitFor();
  await answer(page, async () => {
    await input.fill(text);
    await input.press('Enter');
  });
}

/** Runs a command from the palette by its whole title, category included. */
export async function runCommand(page: Page, title: string): Promise<void> {
  const input = quickInput(page).and(page.locator(':focus'));
  const row = rowOf(page, title);
  // Something that opens or closes meanwhile, such as an editor, takes the focus from the palette, which then closes.
  await eventually(async () => {
    await page.keyboard.press('F1');
    await input.fill(`>${title}`, { timeout: attempt });
    await row.waitFor({ timeout: attempt });
    const asked = await question(page);
    await row.click({ timeout: attempt });
    await waitForAnother(page, asked);
  }, patience);
}

/** Waits until the file dialog with this title is ready in a browser workbench: it fills in its initial path. */
async function waitForFiles(page: Page, title: string, path: string): Promise<void> {
  await quickInputTitle(page, title).waitFor();
  await eventually(async () => assert.equal(await quickInput(page).inputValue(), path), patience);
  await rowOf(page, '..').waitFor();
}

/** Accepts the path that a dialog with this title suggests for a new file. */
export async function acceptPath(page: Page, title: string, path: string): Promise<void> {
  await waitForFiles(page, title, path);
  await answer(page, () => widget(page).getByRole('button', { name: 'OK' }).click({ timeout: attempt }));
}

/** Selects a file in the initial folder of a dialog with this title. */
export async function pickFile(page: Page, title: string, folder: string, name: string): Promise<void> {
  await waitForFiles(page, title, `${folder}/`);
  await pick(page, name);
}
