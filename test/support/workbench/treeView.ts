import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../eventually.ts';
import { activeEditor, savedTab } from './editors.ts';
import { attempt, patience, untilVisible } from './effect.ts';
import { quickInput } from './quickInput.ts';

type Modifier = 'Shift' | 'Control';

/** Opens the view container with this title from the activity bar. */
export async function openView(page: Page, title: string): Promise<void> {
  const tab = page.locator('.activitybar').getByRole('tab', { name: title });
  await tab.waitFor();
  if ((await tab.getAttribute('aria-selected')) !== 'true') {
    await untilVisible(tab.and(page.locator('[aria-selected="true"]')), () => tab.click());
  }
}

/** Rows of the tree in the side bar, by accessible name. */
export function treeRow(page: Page, name: string | RegExp): Locator {
  // A row that is scrolled out of view appears a second time, sticky at the top, while what is below it is visible.
  const own = page.locator(':not(.monaco-tree-sticky-container *)');
  return page.locator('.part.sidebar').getByRole('treeitem', { name }).and(own);
}

/** The letter that a decoration adds after the label of a row or a tab; empty if there is none. */
async function badgeOf(labelled: Locator): Promise<string> {
  const label = labelled.locator('.monaco-icon-label').first();
  const content = await label.evaluate((element) => {
    const view = element.ownerDocument.defaultView;
    return view?.getComputedStyle(element, '::after').content ?? '';
  });
  return content === 'none' ? '' : content.replaceAll('"', '');
}

/**
 * Waits until this letter is after the label of a row or a tab: a decoration appears shortly after what it decorates.
 */
export async function waitForBadge(labelled: Locator, badge: string): Promise<void> {
  await eventually(async () => assert.equal(await badgeOf(labelled), badge), patience);
}

/** The visible rows of the tree in the side bar, top to bottom: "level label | description". */
export async function treeRows(page: Page): Promise<string[]> {
  const rows = await treeRow(page, /./).evaluateAll((elements) =>
    elements
      .map((element) => ({
        top: element.getBoundingClientRect().top,
        level: element.getAttribute('aria-level'),
        texts: ['.label-name', '.label-description'].map((part) => element.querySelector(part)?.textContent ?? ''),
      }))
      .sort((a, b) => a.top - b.top),
  );
  return rows.map(({ level, texts }) => `${level} ${texts.filter((text) => text !== '').join(' | ')}`);
}

/** Waits until these rows are there, of those that `part` picks from all of {@link treeRows}. */
export async function waitForRows(
  page: Page,
  part: (rows: readonly string[]) => readonly string[],
  expected: readonly string[],
): Promise<void> {
  await eventually(async () => assert.deepEqual(part(await treeRows(page)), expected), patience);
}

async function setExpanded(page: Page, name: string | RegExp, expanded: boolean): Promise<void> {
  const row = treeRow(page, name).first();
  await row.waitFor();
  await eventually(async () => {
    if ((await row.getAttribute('aria-expanded', { timeout: attempt })) !== String(expanded)) {
      await row.locator('.monaco-tl-twistie').click({ timeout: attempt });
      await row.and(page.locator(`[aria-expanded="${expanded}"]`)).waitFor({ timeout: attempt });
    }
  }, patience);
}

/** Expands a row of the tree, if it is collapsed. */
export const expandRow = (page: Page, name: string | RegExp): Promise<void> => setExpanded(page, name, true);

/** Collapses a row of the tree, if it is expanded. */
export const collapseRow = (page: Page, name: string | RegExp): Promise<void> => setExpanded(page, name, false);

/** Collapses every row of the tree. */
export async function collapseAll(page: Page): Promise<void> {
  const button = page.locator('.part.sidebar').getByRole('button', { name: 'Collapse All' });
  await eventually(async () => {
    await button.click({ timeout: attempt });
    await eventually(async () => {
      assert.deepEqual(
        (await treeRows(page)).filter((row) => !row.startsWith('1 ')),
        [],
      );
    }, attempt);
  }, patience);
}

/** Clicks a row until it is selected; with a modifier it is added to the selection. */
export async function selectRow(page: Page, name: string | RegExp, ...modifiers: Modifier[]): Promise<void> {
  const row = treeRow(page, name).first();
  await untilVisible(row.and(page.locator('[aria-selected="true"]')), () => row.click({ modifiers, timeout: attempt }));
}

/** Waits until this row has the focus. */
export async function focusedRow(page: Page, name: RegExp): Promise<void> {
  await treeRow(page, name).and(page.locator('.focused')).waitFor();
}

/** Presses a key while the tree has the focus. */
export async function pressInTree(page: Page, key: string): Promise<void> {
  await page.locator('.part.sidebar .monaco-list').press(key);
}

/**
 * Opens the value of a key by clicking its row, which then has the focus. By default its tab has the name of the key.
 */
export async function openKey(page: Page, key: string, tab: string | RegExp = key): Promise<void> {
  const row = treeRow(page, /./).and(page.locator(`[aria-label^=${JSON.stringify(`${key}, key`)}]`));
  await untilVisible(savedTab(page, tab), () => row.click({ timeout: attempt }));
}

/** Selects an item of a row's context menu. */
export async function contextMenu(page: Page, name: string | RegExp, item: string | RegExp): Promise<void> {
  const row = treeRow(page, name).first();
  const choice = page.getByRole('menuitem', { name: item });
  await untilVisible(choice, () => row.click({ button: 'right', timeout: attempt }));
  // A menu ignores clicks just after it opened.
  await eventually(async () => {
    if (await choice.isVisible()) {
      await choice.click({ timeout: attempt });
    }
    assert.ok(!(await choice.isVisible()));
  }, patience);
}

/** Presses a button in a row that asks a question. */
export async function rowAction(page: Page, name: string | RegExp, button: string): Promise<void> {
  const row = treeRow(page, name).first();
  await untilVisible(quickInput(page), async () => {
    await row.hover({ timeout: attempt });
    await row.getByRole('button', { name: button }).click({ timeout: attempt });
  });
}

/** Drags one row onto another until the effect shows. */
export async function dragRow(page: Page, from: RegExp, to: RegExp, effect: Locator): Promise<void> {
  await untilVisible(effect, () => treeRow(page, from).dragTo(treeRow(page, to), { timeout: attempt }));
}

/** Drags a row to the second line of the active editor. The mouse must move for a drag to be noticed. */
export async function dragToEditor(page: Page, from: RegExp, modifier?: Modifier): Promise<void> {
  const word = activeEditor(page).locator('.view-line').nth(1);
  await treeRow(page, from).hover({ timeout: attempt });
  await page.mouse.down();
  await word.hover({ timeout: attempt, position: { x: 100, y: 5 } });
  if (modifier) await page.keyboard.down(modifier);
  for (const x of [60, 50, 40]) await word.hover({ timeout: attempt, position: { x, y: 8 }, force: true });
  await page.mouse.up();
  if (modifier) await page.keyboard.up(modifier);
}
