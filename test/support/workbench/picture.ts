import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { generated, root } from '../../vscodeHost/paths.ts';
import { palettePng } from './palettePng.ts';

/** Whether passing tests take whole pictures of the window, which nobody looks at in most runs, and takes its time. */
export const takesPictures = ['UPDATE_SCREENSHOTS', 'KV_TEST_PICTURES'].some((name) => Boolean(process.env[name]));

/**
 * Takes a picture for the README: into `media/screenshots` with UPDATE_SCREENSHOTS set, and where git ignores it with
 * KV_TEST_PICTURES.
 */
export async function picture(page: Page, name: string): Promise<void> {
  if (!takesPictures) return;
  await nameAccountsAsAtCloudflare(page);
  // What fades in is there.
  await page.screenshot({ path: join(folderFor('screenshots'), `${name}.png`), animations: 'disabled' });
}

/** Only an account of another server has that behind its name; whoever reads the README has none. */
async function nameAccountsAsAtCloudflare(page: Page): Promise<void> {
  for (const frame of page.frames()) {
    await frame.locator('body').evaluate((body) => {
      const texts = body.ownerDocument.createTreeWalker(body, 4 /* NodeFilter.SHOW_TEXT */);
      for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
        const shown = text.nodeValue?.replace(/\sat\s127\.0\.0\.1:\d+/, '');
        if (shown !== undefined && shown !== text.nodeValue) text.nodeValue = shown;
      }
    });
  }
}

/**
 * Takes the picture of a step of the walkthrough, from a place of the window on; as {@link picture}, in
 * `media/walkthrough`.
 */
export async function walkthroughPicture(page: Page, name: string, from = { x: 0, y: 0 }): Promise<void> {
  const clip = { ...from, width: 720, height: 420 };
  // These come with the extension.
  await mkdir(folderFor('walkthrough'), { recursive: true });
  const png = palettePng(await page.screenshot({ clip }));
  await writeFile(join(folderFor('walkthrough'), `${name}.png`), png);
}

const folderFor = (pictures: 'screenshots' | 'walkthrough'): string =>
  process.env.UPDATE_SCREENSHOTS ? join(root, 'media', pictures) : join(generated, pictures);
