import type { FrameLocator, Locator, Page } from 'playwright-core';

/** The page in the active editor. */
export const pageFrame = (page: Page): FrameLocator =>
  page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');

/** A chart on the page, with its title, buttons and table. */
export const figure = (page: Page, title: string | RegExp): Locator =>
  pageFrame(page).getByRole('figure', { name: title });

/** The text of a chart's table, header first. */
export async function tableText(of: Locator): Promise<string[][]> {
  const rows = await of.getByRole('row').all();
  return await Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
}
