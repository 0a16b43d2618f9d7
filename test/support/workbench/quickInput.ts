import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../eventually.ts';
import { attempt, patience } from './effect.ts';

const widget = (page: Page): Locator => page.locator('.quick-input-widget:visible');

/** The text field of the open quick pick or input box. */
export function quickInput(page: Page): Locator {
  return widget(page).locator('.quick-input-box input');
}

/** What an input box says about the text in it. */
export function quickInputMessage(page: Page, text: string): Locator {
  return widget(page).locator('.quick-input-message').getByText(text, { exact: true });
}

/** What is asked stands in its title. */
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

/**
 * Which question is asked at the moment; empty while none is. What an input box says about its text is not part of it.
 */
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

/** Answers what is asked, and again for as long as the same is asked. */
async function answer(page: Page, act: () => Promise<unknown>): Promise<void> {
  const asked = await question(page);
  await eventually(async () => {
    if ((await question(page)) === asked) await act();
    await waitForAnother(page, asked);
  }, patience);
}

/** Takes the row of a quick pick whose label is exactly this. */
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
  // What opens or closes meanwhile, such as an editor, takes the focus from the palette, which is gone then.
  await eventually(async () => {
    await page.keyboard.press('F1');
    await input.fill(`>${title}`, { timeout: attempt });
    await row.waitFor({ timeout: attempt });
    const asked = await question(page);
    await row.click({ timeout: attempt });
    await waitForAnother(page, asked);
  }, patience);
}

/** Waits until the file dialog of a browser workbench with this title is ready: it writes the path it begins with. */
async function waitForFiles(page: Page, title: string, path: string): Promise<void> {
  await quickInputTitle(page, title).waitFor();
  await eventually(async () => assert.equal(await quickInput(page).inputValue(), path), patience);
  await rowOf(page, '..').waitFor();
}

/** Accepts the path that a dialog with this title proposes for a new file. */
export async function acceptPath(page: Page, title: string, path: string): Promise<void> {
  await waitForFiles(page, title, path);
  await answer(page, () => widget(page).getByRole('button', { name: 'OK' }).click({ timeout: attempt }));
}

/** Takes a file of the folder that a dialog with this title begins in. */
export async function pickFile(page: Page, title: string, folder: string, name: string): Promise<void> {
  await waitForFiles(page, title, `${folder}/`);
  await pick(page, name);
}
