import assert from 'node:assert/strict';
import { nowSeconds } from '../../src/core/entry/entry.ts';
import { eventually } from '../support/eventually.ts';
import { editorTab, waitForText } from '../support/workbench/editors.ts';
import { attempt, patience, untilVisible } from '../support/workbench/effect.ts';
import { enterText, quickInput, runCommand } from '../support/workbench/quickInput.ts';
import { useShop } from '../support/workbench/shop.ts';
import { collapseRow, expandRow, rowAction, treeRow, waitForRows } from '../support/workbench/treeView.ts';

describe('the view', () => {
  const shop = useShop();

  it('shows each project with its namespaces, named by their bindings', async () => {
    const { page } = shop;
    await waitForRows(page, (rows) => rows, [
      '1 Local · shop',
      '2 SESSIONS | 5e55…',
      '2 FLAGS | preview · de4f…',
      '2 CACHE | cac4…',
      '2 CATALOG | ca7a…',
      '1 Local · shop-api',
      '2 RATES | 4a7e…',
      '2 RATES | staging · 57a9…',
    ]);
  });

  it('shows keys in groups, with metadata and the time left', async () => {
    const { page } = shop;
    await expandRow(page, /^SESSIONS,/);
    await expandRow(page, /^user:,/);
    await expandRow(page, /^token:,/);
    await waitForRows(page, (rows) => rows.slice(1, rows.indexOf('4 1002 | {"plan":"free"}')), [
      '2 SESSIONS | 5e55…',
      '3 empty',
      '3 greeting | {"by":"anna","reviewed":true}',
      '3 import/',
      '3 token:',
      '4 refresh | in 11 days',
      '3 user:',
      '4 1001 | {"plan":"pro"}',
      '4 1001:',
    ]);
  });

  it('says in an accessible name what a row is, its name and its state', async () => {
    const { page } = shop;
    await expandRow(page, /^SESSIONS,/);
    await expandRow(page, /^visitor:,/);
    await treeRow(page, /^visitor:remembered,/).waitFor();
    const spoken = async (start: string) => {
      const row = page.locator(`.part.sidebar [role="treeitem"][aria-label^=${JSON.stringify(start)}]`).first();
      return [await row.getAttribute('aria-label'), await row.getAttribute('aria-level')].join(' @');
    };
    assert.equal(await spoken('Local · shop,'), 'Local · shop, KV of this project @1');
    assert.equal(await spoken('SESSIONS'), 'SESSIONS, namespace, 5e55…, local @2');
    assert.equal(await spoken('user:'), 'user:, group of keys, local @3');
    assert.equal(await spoken('greeting'), 'greeting, key, has metadata, local @3');
    assert.equal(await spoken('empty'), 'empty, key, local @3');
    assert.equal(await spoken('visitor:remembered'), 'visitor:remembered, key, expires in 2 hours, local @4');
    assert.match(
      await spoken('visitor:browsing'),
      /^visitor:browsing, key, expires in \d+ minutes, has metadata, local @4$/,
    );
  });

  it('can be used with the keyboard alone', async () => {
    const { page } = shop;
    await runCommand(page, 'Cloudflare KV: Focus on Cloudflare KV View');
    const focused = page.locator('.part.sidebar .monaco-list-row.focused');
    const press = async (key: string, expected: RegExp) => {
      await page.keyboard.press(key);
      await eventually(async () => assert.match((await focused.getAttribute('aria-label')) ?? '', expected));
    };
    await press('Home', /^Local · shop,/);
    await press('ArrowDown', /^SESSIONS,/);
    await page.keyboard.press('ArrowRight');
    await treeRow(page, /^greeting,/).waitFor();
    await press('ArrowDown', /^empty,/);
    await press('ArrowDown', /^greeting,/);
    await page.keyboard.press('Enter');
    await waitForText(page, 'Hello from KV');
    await runCommand(page, 'Cloudflare KV: Focus on Cloudflare KV View');
    await press('ArrowLeft', /^SESSIONS,/);
    await page.keyboard.press('ArrowLeft');
    await treeRow(page, /^greeting,/).waitFor({ state: 'detached' });
  });

  it('reads a long namespace page by page, and to its end when asked', async () => {
    const { page } = shop;
    const message = page.locator('.part.sidebar .message');
    await expandRow(page, /^CATALOG,/);
    await treeRow(page, /^book:,/).waitFor();
    const hasBelow = (...expected: readonly string[]) =>
      waitForRows(
        page,
        (rows) => rows.slice(rows.indexOf('2 CATALOG | ca7a…') + 1, rows.indexOf('1 Local · shop-api')),
        expected,
      );
    await hasBelow('3 book:', '3 Load More | 1,000 read', '3 Load All');
    await message.getByText('CATALOG: the first 1,000 keys are shown').waitFor();
    await untilVisible(treeRow(page, /^game:,/), () => treeRow(page, /^Load More,/).click({ timeout: attempt }));
    await hasBelow('3 book:', '3 game:', '3 Load More | 2,000 read', '3 Load All');
    await untilVisible(treeRow(page, /^tool:,/), () => treeRow(page, /^Load All,/).click({ timeout: attempt }));
    await hasBelow('3 book:', '3 game:', '3 tool:');
    await message.waitFor({ state: 'hidden' });
    await expandRow(page, /^book:,/);
    await message.getByText('“book:”: the first 1,000 keys are shown').waitFor();
    await collapseRow(page, /^book:,/);
    await message.waitFor({ state: 'hidden' });
  });

  it('filters a namespace by a prefix', async () => {
    const { page } = shop;
    const filter = async (prefix: string) => {
      await rowAction(page, /^CATALOG,/, 'Filter by Prefix…');
      await enterText(page, prefix);
    };
    await filter('tool:029');
    await treeRow(page, /^tool:0299,/).waitFor();
    await waitForRows(page, (rows) => rows.slice(4, 7), [
      '2 CATALOG | filter: tool:029 · ca7a…',
      '3 0290 | {"price":48}',
      '3 0291 | {"price":55}',
    ]);
    await filter('no such');
    await treeRow(page, /^No keys begin with “no such”/).waitFor();
    await filter('');
    await treeRow(page, /^book:,/).waitFor();
  });

  it('shows whole keys while grouping is off', async () => {
    const { page } = shop;
    await expandRow(page, /^FLAGS,/);
    await treeRow(page, /^search\/,/).waitFor();
    const hasFlags = (...expected: readonly string[]) =>
      waitForRows(page, (rows) => rows.filter((row) => row.startsWith('3 ')), expected);
    const groups = ['3 checkout/', '3 home/', '3 search/'];
    await hasFlags(...groups);
    await runCommand(page, 'Cloudflare KV: Toggle Grouping of Keys');
    try {
      await hasFlags(
        '3 checkout/express',
        '3 checkout/new-flow | {"owner":"payments"}',
        '3 home/banner',
        '3 search/weights.json',
      );
    } finally {
      await runCommand(page, 'Cloudflare KV: Toggle Grouping of Keys');
    }
    await hasFlags(...groups);
  });

  it('counts an expiring key down and drops it, and then its group', async () => {
    const { page } = shop;
    const put = (expirationTtl: number) =>
      shop.putUnchecked('flagsPreview', {
        key: 'flash:sale',
        value: Buffer.from('now'),
        expiration: nowSeconds() + expirationTtl,
      });
    await put(59);
    await expandRow(page, /^FLAGS,/);
    await expandRow(page, /^flash:,/);
    const row = treeRow(page, /^flash:sale,/);
    const left = async () => Number(/in (\d+) s/.exec((await row.textContent()) ?? '')?.[1]);
    const first = await eventually(async () => {
      const seconds = await left();
      assert.ok(seconds > 0 && seconds < 60, String(seconds));
      return seconds;
    });
    await eventually(async () => assert.ok((await left()) < first));
    await put(2);
    await treeRow(page, /^flash:/)
      .first()
      .waitFor({ state: 'detached' });
    await treeRow(page, /^home\/,/).waitFor();
  });

  it('tells a key’s whole story in its tooltip', async () => {
    const { page } = shop;
    await shop.resize(760, 640);
    await expandRow(page, /^SESSIONS,/);
    await expandRow(page, /^visitor:,/);
    const tooltip = page.locator('.workbench-hover', { hasText: 'visitor:browsing' });
    await eventually(async () => {
      await untilVisible(tooltip.getByText('"/books"'), async () => {
        await page.mouse.move(5, 5);
        await treeRow(page, /^visitor:browsing,/).hover({ timeout: attempt });
      });
      const shown = await tooltip.innerText({ timeout: attempt });
      const text = shown.replace(/\n+/g, '\n').replaceAll('\u00a0', ' ');
      assert.match(text, /^visitor:browsing\nSESSIONS \(local, shop\) · 22 bytes · JSON\nExpires in \d+ min \(\d+ /);
      assert.match(text, /Metadata\n\{\n\s+"by": "anna"\n\}\nValue\n\{\n\s+"seen": "\/books"\n\}/);
    }, patience);
    await shop.picture('tooltip');
    await untilVisible(editorTab(page, 'visitor:browsing'), async () => {
      await treeRow(page, /^visitor:browsing,/).hover({ timeout: attempt });
      await tooltip.getByText('Open', { exact: true }).click({ timeout: attempt });
    });
  });

  it('asks for a prefix with what it is for', async () => {
    const { page } = shop;
    await runCommand(page, 'Cloudflare KV: Filter by Prefix…');
    await eventually(async () => {
      const placeholder = await quickInput(page).getAttribute('placeholder', { timeout: attempt });
      assert.equal(placeholder, 'Filter which namespace?');
    }, patience);
  });
});
