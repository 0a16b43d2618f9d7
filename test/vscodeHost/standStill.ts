import type { Page } from 'playwright-core';

/** Settings of a window in which nothing moves by itself. */
export const still: Readonly<Record<string, unknown>> = {
  'editor.cursorBlinking': 'solid',
  'workbench.reduceMotion': 'on',
};

/** What turns and runs while something is waited for: each of its pictures would be drawn without a graphics card. */
const MOVING = '.codicon, .codicon::before, .progress-bit';

/**
 * Stops that in every document that a page loads from now on; a style element would offend against the policy of some.
 */
export async function standStill(page: Page): Promise<void> {
  await page.addInitScript({
    content: `addEventListener('DOMContentLoaded', () => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('${MOVING} { animation: none !important; }');
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    });`,
  });
}
