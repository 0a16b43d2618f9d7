import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { generated, root } from '../vscodeHost/paths.ts';

/** The part of a window that a picture shows, in pixels. */
export interface Part {
  readonly x?: number;
  readonly y?: number;
  readonly width: number;
  readonly height: number;
}

/** Takes a picture for the README: into `media/screenshots` with UPDATE_SCREENSHOTS set, else where git ignores it. */
export async function picture(page: Page, name: string, part?: Part): Promise<void> {
  const folder = process.env.UPDATE_SCREENSHOTS ? join(root, 'media', 'screenshots') : join(generated, 'screenshots');
  await page.screenshot({ path: join(folder, `${name}.png`), ...(part && { clip: { x: 0, y: 0, ...part } }) });
}
