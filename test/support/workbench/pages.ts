import type { FrameLocator, Locator, Page } from 'playwright-core';

/** What the page of the active editor shows. */
export const pageFrame = (page: Page): FrameLocator =>
  page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');

/** A picture of it with its title, its buttons and its table. */
export const figure = (page: Page, title: string | RegExp): Locator =>
  pageFrame(page).getByRole('figure', { name: title });

/** The cells of a picture's table as they are read, its head first. */
export async function tableText(of: Locator): Promise<string[][]> {
  const rows = await of.getByRole('row').all();
  return await Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
}
