import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { BulkOutcome } from '../../src/core/store.ts';
import { CloudflareServer } from '../support/cloudflare/server.ts';
import { eventually } from '../support/eventually.ts';
import { closeEditors, expectKvError, extension, freshKey, open, run, testNamespace } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

interface Outcome extends BulkOutcome {
  readonly undo?: string;
}

const COUNT = 1000;
/** As many entries as one batch of the engine has. */
const BATCH = 500;
const keys = Array.from({ length: COUNT }, (_, i) => `key:${String(i).padStart(4, '0')}`);

describe('bulk work that was interrupted', function () {
  this.timeout(60_000);
  const kv = testNamespace('host-resuming');
  let server: CloudflareServer;
  let remote: { source: string; id: string };
  let spy: WindowSpy;
  let folder: string;
  const apiBaseUrl = (url?: string): Thenable<void> =>
    vscode.workspace
      .getConfiguration('cloudflareKv')
      .update('remote.apiBaseUrl', url, vscode.ConfigurationTarget.Global);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'resuming-'));
    server = await CloudflareServer.start();
    await apiBaseUrl(server.baseUrl);
    await run('signIn', { method: 'token', token: server.issueToken().text });
    await kv.foreign.putMany(keys.map((key) => ({ key, value: Buffer.from('v'), metadata: { key } })));
  });
  after(async () => {
    await run('signOut', { confirm: true });
    await apiBaseUrl();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    server.reset();
    remote = { source: `account-${server.account.id}`, id: server.createNamespace(freshKey('resuming')).id };
    await run('refresh', {});
    spy = new WindowSpy();
  });
  afterEach(() => spy.restore());

  const file = async (): Promise<vscode.Uri> => {
    const uri = vscode.Uri.file(join(folder, `${freshKey()}.ndjson`));
    // The lifetime counts from when the import begins.
    const item = (key: string) => ({ key, value: 'v', metadata: { key }, expiration_ttl: 3600 });
    await writeFile(uri.fsPath, keys.map((key) => JSON.stringify(item(key))).join('\n'));
    return uri;
  };

  /** Runs a command and cancels it in the middle of its writing. */
  async function interrupted(command: string, args: object): Promise<Outcome> {
    server.latencyMs = 100;
    let cancel = (): void => {};
    const token = {
      isCancellationRequested: false,
      onCancellationRequested: (listener: () => void) => {
        cancel = listener;
        return { dispose() {} };
      },
    };
    const running = run<Outcome>(command, args, token);
    await eventually(() => assert.ok(server.count('bulkPut') > 0));
    cancel();
    const outcome = await running;
    assert.ok(outcome.cancelled);
    assert.ok(outcome.done > 0 && outcome.done < COUNT, String(outcome.done));
    server.reset();
    return outcome;
  }

  const stored = async (): Promise<number> => {
    const to = vscode.Uri.file(join(folder, `${freshKey()}.json`));
    return (await run<Outcome>('exportKeys', { namespace: remote, to })).done;
  };

  const works: Record<string, () => Promise<[string, object]>> = {
    'an import': async () => [
      'importKeys',
      { namespace: remote, from: await file(), onConflict: 'fail', confirm: true },
    ],
    'a copy': async () => ['copyKeys', { from: { namespace: kv.namespace }, to: remote, confirm: true }],
  };
  for (const [name, start] of Object.entries(works)) {
    it(`as ${name} is gone on with when it is started again, without writing anything twice`, async () => {
      const [command, args] = await start();
      const first = await interrupted(command, args);
      const second = await run<Outcome>(command, args);
      assert.deepEqual([second.done, second.failed, second.cancelled], [COUNT, [], false]);
      assert.equal(server.count('bulkPut'), (COUNT - first.done) / BATCH);
      assert.equal(await stored(), COUNT);
      await expectKvError(run(command, args), 'conflict');
    });
  }

  it('by an error leaves what was not written in a document that can be saved and imported', async () => {
    server.faults.add({ operations: ['bulkPut'], mishap: { kind: 'status', status: 403 }, skip: 1, times: 9 });
    const from = await file();
    await run('putKey', { namespace: remote, key: 'shown', value: 'v' });
    await open(extension().exports.valueUri(remote, 'shown'));
    spy.answer = ({ how, items }) =>
      how === 'showOpenDialog' ? [from] : items.find((item) => /^(Show Failures|Import [\d,]+ Keys)$/.test(item));
    await run('importKeys');
    server.reset();
    const failures = vscode.window.activeTextEditor?.document;
    assert.equal(failures?.languageId, 'jsonl');
    const again = vscode.Uri.file(join(folder, 'failures.ndjson'));
    await writeFile(again.fsPath, failures?.getText() ?? '');
    const args = { namespace: remote, from: again, onConflict: 'fail', confirm: true };
    assert.equal((await run<Outcome>('importKeys', args)).done, COUNT - BATCH);
    assert.equal(await stored(), COUNT + 1);
    await closeEditors();
  });

  it('is offered to be gone on with, from its message and at its next start', async () => {
    const from = await file();
    await run('putKey', { namespace: remote, key: 'shown', value: 'v' });
    await open(extension().exports.valueUri(remote, 'shown'));
    spy.answer = ({ how, items }) =>
      how === 'showOpenDialog' ? [from] : items.find((item) => /^(Resume|Import [\d,]+ Keys)$/.test(item));
    const { done } = await interrupted('importKeys', { namespace: remote, from, onConflict: 'fail', confirm: true });
    await run('importKeys');
    const [, offer, question, told] = spy.asked;
    assert.match(
      offer?.text ?? '',
      /^Importing key-.*\.ndjson into resuming-\S+ \(Acme Inc.*\) stopped before its end: [\d,]+ of 1,000 keys were done\. Go on/,
    );
    assert.deepEqual(offer?.items, ['Resume', 'Start Over']);
    assert.match(question?.text ?? '', new RegExp(`^Import ${COUNT - done} keys into`));
    assert.match(told?.text ?? '', /^Imported 1,000 keys into/);
    assert.equal(server.count('bulkPut'), (COUNT - done) / BATCH);
    await closeEditors();
  });
});
