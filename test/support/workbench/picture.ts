import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { generated, root } from '../../vscodeHost/paths.ts';

/** Takes a picture for the README: into `media/screenshots` with UPDATE_SCREENSHOTS set, else where git ignores it. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.UPDATE_SCREENSHOTS ? join(root, 'media', 'screenshots') : join(generated, 'screenshots');
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
