import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { eventually } from './eventually.ts';

/** Runs a command from the palette by its whole title, category included. */
export async function runCommand(page: Page, title: string): Promise<void> {
  const input = quickInput(page);
  // What has just gone, such as a dialog, can take the focus from the palette, which closes then.
  await eventually(async () => {
    if (!(await input.isVisible())) await page.keyboard.press('F1');
    await input.fill(`>${title}`, { timeout: 3000 });
    await pick(page, title, { timeout: 3000 });
  }, 30_000);
}

/** The text field of the open quick pick or input box. */
export function quickInput(page: Page): Locator {
  return page.locator('.quick-input-widget:visible .quick-input-box input');
}

/** Takes the row of a quick pick whose label is exactly this. */
export async function pick(page: Page, label: string, options?: { readonly timeout: number }): Promise<void> {
  const rows = page.locator('.quick-input-list .monaco-list-row');
  await rows
    .filter({ has: page.getByText(label, { exact: true }) })
    .first()
    .click(options);
}

/** Types into an input box and accepts it. */
export async function enterText(page: Page, text: string): Promise<void> {
  await quickInput(page).fill(text);
  await page.keyboard.press('Enter');
}

/** Opens the view container with this title from the activity bar. */
export async function openView(page: Page, title: string): Promise<void> {
  const tab = page.locator('.activitybar').getByRole('tab', { name: title });
  await tab.waitFor();
  if ((await tab.getAttribute('aria-selected')) !== 'true') {
    await tab.click();
  }
}

/** Rows of the tree in the side bar, by accessible name. */
export function treeRow(page: Page, name: string | RegExp): Locator {
  return page.locator('.part.sidebar').getByRole('treeitem', { name });
}

/** What the tree in the side bar shows, top to bottom: "level label | description". */
export async function treeRows(page: Page): Promise<string[]> {
  const rows = await treeRow(page, /./).evaluateAll((elements) =>
    elements
      .filter((element) => !element.closest('.monaco-tree-sticky-container'))
      .map((element) => ({
        top: element.getBoundingClientRect().top,
        level: element.getAttribute('aria-level'),
        texts: ['.label-name', '.label-description'].map((part) => element.querySelector(part)?.textContent ?? ''),
      }))
      .sort((a, b) => a.top - b.top),
  );
  return rows.map(({ level, texts }) => `${level} ${texts.filter((text) => text !== '').join(' | ')}`);
}

/** Opens a row of the tree, if it is not open. */
export async function expandRow(page: Page, name: string | RegExp): Promise<void> {
  const row = treeRow(page, name).first();
  await row.waitFor();
  if ((await row.getAttribute('aria-expanded')) !== 'true') {
    await row.locator('.monaco-tl-twistie').click();
    await row.and(page.locator('[aria-expanded="true"]')).waitFor();
  }
}

/** Takes an item of a row's context menu. */
export async function contextMenu(page: Page, row: Locator, item: string | RegExp): Promise<void> {
  await row.click({ button: 'right' });
  const choice = page.getByRole('menuitem', { name: item });
  await choice.waitFor();
  // A menu that has just opened takes no click.
  await eventually(async () => {
    if (await choice.isVisible()) {
      await choice.click({ timeout: 1000 });
    }
    assert.ok(!(await choice.isVisible()));
  });
}

/** A notification that is on the screen and holds this text. */
export function notification(page: Page, text: string | RegExp): Locator {
  return page.locator('.notifications-toasts .notification-toast', { hasText: text });
}

/** The modal dialog that is open. */
export function dialog(page: Page): Locator {
  return page.locator('.monaco-dialog-box');
}

/** Presses a button of the open dialog and waits until it is gone. */
export async function answerDialog(page: Page, button: string | RegExp): Promise<void> {
  await dialog(page).getByRole('button', { name: button }).click();
  await dialog(page).waitFor({ state: 'detached' });
}

/** The tab of an open editor, by accessible name. */
export function editorTab(page: Page, name: string | RegExp): Locator {
  return page.locator('.part.editor').getByRole('tab', { name });
}

/** The text editor that has the focus, or had it last. */
export function activeEditor(page: Page): Locator {
  return page.locator('.editor-group-container.active .editor-instance .monaco-editor').first();
}

async function shownText(page: Page): Promise<string> {
  const lines = await activeEditor(page)
    .locator('.view-line')
    .evaluateAll((elements) =>
      elements
        .map((element) => ({ top: element.getBoundingClientRect().top, text: element.textContent ?? '' }))
        .sort((a, b) => a.top - b.top)
        .map(({ text }) => text),
    );
  // The editor draws spaces as no-break spaces.
  return lines.join('\n').replaceAll('\u00a0', ' ');
}

/** Waits until the lines that the active text editor shows are these; the editor draws a moment after a change. */
export async function waitForText(page: Page, expected: string): Promise<void> {
  await eventually(async () => assert.equal(await shownText(page), expected));
}

/** Replaces the text of the active editor as a person would: by selecting all and typing. */
export async function typeOver(page: Page, text: string): Promise<void> {
  await activeEditor(page).locator('.view-lines').click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(text);
}

/** The tab of an editor without unsaved text. */
export function savedTab(page: Page, name: string | RegExp): Locator {
  return editorTab(page, name).and(page.locator(':not(.dirty)'));
}

/** The tab of an editor with unsaved text. */
export function dirtyTab(page: Page, name: string | RegExp): Locator {
  return editorTab(page, name).and(page.locator('.dirty'));
}

/** An item of the status bar that shows this text. */
export function statusBarItem(page: Page, text: string): Locator {
  return page.locator('.statusbar-item', { hasText: text });
}

/** What an input box says about the text in it. */
export function quickInputMessage(page: Page, text: string): Locator {
  return page.locator('.quick-input-widget:visible .quick-input-message').getByText(text, { exact: true });
}

/** Presses a button in the title of the active editor. */
export async function editorAction(page: Page, name: string | RegExp): Promise<void> {
  await page.locator('.editor-group-container.active .editor-actions').getByRole('button', { name }).click();
}

/** Leaves the workbench as a closed window does; it refuses until unsaved text has been kept. */
export async function leave(page: Page): Promise<void> {
  await eventually(async () => {
    page.once('dialog', (question) => void question.dismiss());
    await page.goto('about:blank');
  });
}
