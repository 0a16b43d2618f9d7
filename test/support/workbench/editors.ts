import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../eventually.ts';
import { attempt, patience, untilVisible } from './effect.ts';
import { runCommand } from './quickInput.ts';

const activeGroup = (page: Page): Locator => page.locator('.editor-group-container.active');

/** The tab of an open editor, by accessible name. */
export function editorTab(page: Page, name: string | RegExp): Locator {
  return page.locator('.part.editor').getByRole('tab', { name });
}

/** The tab of an editor without unsaved text. */
export function savedTab(page: Page, name: string | RegExp): Locator {
  return editorTab(page, name).and(page.locator(':not(.dirty)'));
}

/** The tab of an editor with unsaved text. */
export function dirtyTab(page: Page, name: string | RegExp): Locator {
  return editorTab(page, name).and(page.locator('.dirty'));
}

/** The text editor that has the focus, or last had it. */
export function activeEditor(page: Page): Locator {
  return activeGroup(page).locator('.editor-instance .monaco-editor').first();
}

/** The lines that the active text editor shows. */
async function shownText(page: Page): Promise<string> {
  const lines = await activeEditor(page)
    .locator('.view-line')
    .evaluateAll((elements) =>
      elements
        .map((element) => ({ top: element.getBoundingClientRect().top, text: element.textContent ?? '' }))
        .sort((a, b) => a.top - b.top)
        .map(({ text }) => text),
    );
  // The editor renders spaces as no-break spaces.
  return lines.join('\n').replaceAll('\u00a0', ' ');
}

/** Waits until the active text editor shows these lines; it renders shortly after a change. */
export async function waitForText(page: Page, expected: string): Promise<void> {
  await eventually(async () => assert.equal(await shownText(page), expected), patience);
}

/** Clicks into the text of the active editor until it has the focus. */
export async function focusEditor(page: Page): Promise<void> {
  const editor = activeEditor(page);
  await untilVisible(editor.and(page.locator('.focused')), () =>
    editor.locator('.view-lines').click({ timeout: attempt }),
  );
}

/** Replaces the text of the active editor as a user would: by selecting all and typing. */
export async function typeOver(page: Page, text: string): Promise<void> {
  await focusEditor(page);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(text);
}

/** A button in the title of the active editor. */
export function editorButton(page: Page, name: string | RegExp): Locator {
  return activeGroup(page).locator('.editor-actions').getByRole('button', { name });
}

/** Presses a button in the title of the active editor, until its effect shows. */
export async function editorAction(page: Page, name: string | RegExp, effect: Locator): Promise<void> {
  await untilVisible(effect, () => editorButton(page, name).click({ timeout: attempt }));
}

/** Follows a link in the active editor. */
export async function followLink(page: Page, text: string): Promise<void> {
  await activeEditor(page).locator('.detected-link').getByText(text, { exact: true }).click();
  await runCommand(page, 'Open Link');
}
