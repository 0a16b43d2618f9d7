import assert from 'node:assert/strict';
import type { KvEntry } from '../../../src/core/entry/entry.ts';
import type { KvStore } from '../../../src/core/store/store.ts';
import { sampleIds } from '../../sample/content.ts';
import { eventually } from '../eventually.ts';
import { openLocalStores } from '../localStores.ts';
import { attempt, patience, pressUntil } from './effect.ts';
import { dialog } from './messages.ts';
import { picture } from './picture.ts';
import { collapseAll, expandRow, openView } from './treeView.ts';
import { openWorkbench, tidyKeys, type Workbench, type WorkbenchOptions } from './window.ts';

export type ShopNamespace = keyof typeof sampleIds;

/** A window on a copy of the sample project with our view open, and its local KV as seen from outside. */
export interface Shop extends Workbench {
  store(namespace: ShopNamespace): KvStore;
  /** Writes an entry that KV itself would refuse, for example one with a few seconds left. */
  putUnchecked(namespace: ShopNamespace, entry: KvEntry): Promise<void>;
  /** Waits until a key has this text, and returns the whole entry. */
  waitForValue(namespace: ShopNamespace, key: string, text: string): Promise<KvEntry>;
  /** Waits until a key is gone. */
  waitForNoKey(namespace: ShopNamespace, key: string): Promise<void>;
  /** Makes the window smaller until the next {@link tidy}, so that a picture of it is readable. */
  resize(width: number, height: number): Promise<void>;
  /** Takes a picture for the README, see {@link picture}. */
  picture(name: string): Promise<void>;
  /** Closes editors and notifications, so that the next test starts with a tidy window. */
  tidy(): Promise<void>;
  /** Collapses every row of the view except the projects. */
  collapse(): Promise<void>;
}

let shared: Promise<Shop> | undefined;
after(async () => (await shared)?.close());

/**
 * The window that most tests share, for the tests of a `describe`, because opening one takes longer than any test. Each
 * test starts with a tidy window: no editor is open, and the view shows only the projects and these rows, listed
 * outermost first.
 */
export function useShop(...expanded: readonly RegExp[]): Shop {
  const shop = {} as Shop;
  before(async () => {
    shared ??= openShop();
    Object.assign(shop, await shared);
  });
  beforeEach(async () => {
    await openView(shop.page, 'Cloudflare KV');
    await shop.tidy();
    await shop.collapse();
    for (const row of expanded) await expandRow(shop.page, row);
  });
  return shop;
}

/** Opens a separate window. */
export async function openShop(options?: WorkbenchOptions): Promise<Shop> {
  const workbench = await openWorkbench(options);
  const { page } = workbench;
  const stores = openLocalStores(workbench.workspace);
  await openView(page, 'Cloudflare KV');
  const store = (namespace: ShopNamespace) => stores.store(sampleIds[namespace]);
  const usual = page.viewportSize() ?? { width: 1400, height: 900 };
  const frame = page.locator('.monaco-workbench');

  async function resize(width: number, height: number): Promise<void> {
    if (page.viewportSize()?.width === width && page.viewportSize()?.height === height) {
      return;
    }
    await page.setViewportSize({ width, height });
    await eventually(async () => assert.equal((await frame.boundingBox())?.height, height), patience);
  }

  return {
    ...workbench,
    store,
    putUnchecked: (namespace, entry) => stores.putUnchecked(sampleIds[namespace], entry),
    waitForValue: (namespace, key, text) =>
      eventually(async () => {
        const entry = await store(namespace).get(key);
        assert.ok(entry, `“${key}” does not exist`);
        assert.equal(Buffer.from(entry.value).toString(), text);
        return entry;
      }, patience),
    waitForNoKey: (namespace, key) =>
      eventually(
        async () => assert.equal(await store(namespace).get(key), undefined, `“${key}” still exists`),
        patience,
      ),
    resize,
    picture: (name) => picture(page, name),
    async tidy() {
      await resize(usual.width, usual.height);
      await page.keyboard.press('Escape');
      const tabs = page.locator('.part.editor').getByRole('tab');
      const forget = dialog(page).getByRole('button', { name: /^Don.t Save/ });
      await pressUntil(page, tidyKeys.closeEditors, async () => {
        // Left unsaved by a failed test.
        if (await forget.isVisible()) await forget.click({ timeout: attempt });
        return (await tabs.count()) === 0;
      });
      const toasts = page.locator('.notification-toast');
      await pressUntil(page, tidyKeys.clearNotifications, async () => (await toasts.count()) === 0);
    },
    async collapse() {
      await collapseAll(page);
      for (const project of [/^Local · shop,/, /^Local · shop-api,/]) {
        await expandRow(page, project);
      }
    },
    async close() {
      stores.dispose();
      await workbench.close();
    },
  };
}
