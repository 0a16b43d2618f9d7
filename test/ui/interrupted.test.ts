import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { KvEntry } from '../../src/core/entry.ts';
import { Unfinished } from '../../src/core/transfer/unfinished.ts';
import { defaultStateFolder, localSourceId } from '../../src/local/stateFolder.ts';
import { sampleIds } from '../sample/content.ts';
import { eventually } from '../support/eventually.ts';
import { patience } from '../support/workbench/effect.ts';
import { answerNotification, notification } from '../support/workbench/messages.ts';
import { openShop } from '../support/workbench/shop.ts';

/** A process that is gone: no system gives out a number this large. */
const CLOSED_WINDOW = 2 ** 30;

describe('an import whose window was closed half-way', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'cloudflare-kv-ui-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is named by the next window, which goes on with it', async () => {
    const shop = await openShop();
    const entries = Array.from(
      { length: 1000 },
      (_, i): KvEntry => ({ key: `imported:${String(i).padStart(4, '0')}`, value: new Uint8Array(Buffer.from('v')) }),
    );
    const file = join(folder, 'users.json');
    writeFileSync(file, JSON.stringify(entries.map(({ key }) => ({ key, value: 'v' }))));
    await shop.store('sessions').putMany(entries.slice(0, 500));
    const namespace = {
      source: localSourceId(shop.workspace, defaultStateFolder(shop.workspace)),
      id: sampleIds.sessions,
    };
    const closed = new Unfinished(join(shop.globalStorage, 'unfinished'), {
      ...{ days: 7, clock: Date.now, pid: CLOSED_WINDOW, isRunning: () => false },
    });
    const notes = await closed.begin(
      { command: 'importKeys', args: { namespace, from: pathToFileURL(file).href } },
      { title: 'Importing users.json into SESSIONS (local, shop)', total: 1000 },
    );
    await notes.advance(500);

    await shop.page.reload();
    const text = 'Importing users.json into SESSIONS (local, shop) was interrupted: 500 of 1,000 keys were done.';
    await notification(shop.page, text).waitFor();
    await shop.screenshot('interrupted');
    await answerNotification(shop.page, text, 'Resume');
    await notification(shop.page, 'Imported 1,000 keys into SESSIONS (local, shop).').waitFor();
    await eventually(async () => {
      const { keys } = await shop.store('sessions').list({ prefix: 'imported:' });
      assert.equal(keys.length, 1000);
    }, patience);
    assert.deepEqual(await closed.list(), []);
    await shop.close();
  });
});
