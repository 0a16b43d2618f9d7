import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { generated, root } from '../../vscodeHost/paths.ts';
import { palettePng } from './palettePng.ts';

/** Whether passing tests take pictures of the whole window. That takes time, and in most runs nobody looks at them. */
export const takesPictures = ['UPDATE_SCREENSHOTS', 'KV_TEST_PICTURES'].some((name) => Boolean(process.env[name]));

/**
 * Takes a picture for the README: into `media/screenshots` if UPDATE_SCREENSHOTS is set, and into a folder that git
 * ignores if KV_TEST_PICTURES is set.
 */
export async function picture(page: Page, name: string): Promise<void> {
  if (!takesPictures) return;
  await nameAccountsAsAtCloudflare(page);
  // Fade-in animations jump to their end.
  await page.screenshot({ path: join(folderFor('screenshots'), `${name}.png`), animations: 'disabled' });
}

/** Removes the server's name after an account's name, which only accounts of a test server show and users never see. */
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
 * Takes the picture of a walkthrough step, from a part of the window; like {@link picture}, but in `media/walkthrough`.
 */
export async function walkthroughPicture(page: Page, name: string, from = { x: 0, y: 0 }): Promise<void> {
  const clip = { ...from, width: 720, height: 420 };
  // These pictures are part of the extension.
  await mkdir(folderFor('walkthrough'), { recursive: true });
  const png = palettePng(await page.screenshot({ clip }));
  await writeFile(join(folderFor('walkthrough'), `${name}.png`), png);
}

const folderFor = (pictures: 'screenshots' | 'walkthrough'): string =>
  process.env.UPDATE_SCREENSHOTS ? join(root, 'media', pictures) : join(generated, pictures);
