import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { BulkOutcome } from '../../src/core/store.ts';
import {
  closeEditors,
  expectKvError,
  freshKey,
  globalStorage,
  inSeconds,
  open,
  run,
  testNamespace,
} from './support.ts';
import { WindowSpy } from './windowSpy.ts';

interface Outcome extends BulkOutcome {
  readonly undo?: string;
}

const COUNT = 5000;
const keys = Array.from({ length: COUNT }, (_, i) => `key:${String(i).padStart(5, '0')}`);

describe('bulk work that was interrupted', function () {
  this.timeout(60_000);
  const source = testNamespace('host-resuming-source');
  let kv: ReturnType<typeof testNamespace>;
  let spy: WindowSpy;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'resuming-'));
    await source.foreign.putMany(keys.map((key) => ({ key, value: Buffer.from('v'), metadata: { key } })));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  beforeEach(() => {
    kv = testNamespace(freshKey('host-resuming'));
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  const file = async (items: readonly unknown[]): Promise<vscode.Uri> => {
    const uri = vscode.Uri.file(join(folder, `${freshKey()}.ndjson`));
    await writeFile(uri.fsPath, items.map((item) => JSON.stringify(item)).join('\n'));
    return uri;
  };
  // The lifetime counts from when the import begins.
  const whole = () => file(keys.map((key) => ({ key, value: 'v', metadata: { key }, expiration_ttl: 3600 })));

  /** The notes on bulk work that is under way, or was interrupted: by file, what they say. */
  function notes(): Map<string, string> {
    const stored = globalStorage('unfinished');
    const names = existsSync(stored) ? readdirSync(stored) : [];
    return new Map(names.map((name) => [name, readFileSync(join(stored, name), 'utf8')]));
  }

  /** Runs a command and cancels it in the middle of its writing. */
  async function interrupted(command: string, args: object): Promise<Outcome> {
    const earlier = notes();
    const isUnderWay = (): boolean =>
      [...notes()].some(([name, text]) => !earlier.has(name) && text.includes('"done"'));
    let cancel = (): void => {};
    const token = {
      isCancellationRequested: false,
      onCancellationRequested: (listener: () => void) => {
        cancel = listener;
        return { dispose() {} };
      },
    };
    const running = run<Outcome>(command, args, token);
    while (!isUnderWay()) await turn();
    cancel();
    const outcome = await running;
    assert.ok(outcome.cancelled);
    assert.ok(outcome.done > 0 && outcome.done < COUNT, String(outcome.done));
    return outcome;
  }

  /** Where each value is stored: another place after it was written again. */
  function places(): Map<unknown, unknown> {
    const database = new DatabaseSync(kv.files.database, { readOnly: true });
    try {
      return new Map(
        database
          .prepare('SELECT key, blob_id FROM _mf_entries')
          .all()
          .map((row) => [row.key, row.blob_id]),
      );
    } finally {
      database.close();
    }
  }

  const works: Record<string, () => Promise<[string, object]>> = {
    'an import': async () => ['importKeys', { namespace: kv.namespace, from: await whole(), onConflict: 'fail' }],
    'a copy': async () => ['copyKeys', { from: { namespace: source.namespace }, to: kv.namespace }],
  };
  for (const [name, start] of Object.entries(works)) {
    it(`as ${name} is gone on with when it is started again, without writing anything twice`, async () => {
      const [command, args] = await start();
      const first = await interrupted(command, args);
      const before = places();
      assert.equal(before.size, first.done);
      const second = await run<Outcome>(command, args);
      assert.deepEqual([second.done, second.failed, second.cancelled], [COUNT, [], false]);
      const after = places();
      assert.equal(after.size, COUNT);
      for (const [key, place] of before) assert.equal(after.get(key), place);
      await expectKvError(run(command, args), 'conflict');
    });
  }

  it('is offered to be gone on with at its next start', async () => {
    const from = await whole();
    await kv.put('shown', 'v');
    await open(kv.uri('shown'));
    spy.answer = ({ how, items }) => (how === 'showOpenDialog' ? [from] : items.find((item) => item === 'Resume'));
    const { done } = await interrupted('importKeys', { namespace: kv.namespace, from, onConflict: 'fail' });
    await run('importKeys');
    const [, offer, told] = spy.asked;
    assert.equal(
      offer?.text.replace(/key-\w+|host-resuming-\w+/g, '…'),
      `Importing ….ndjson into … (local, shop) stopped before its end: ${done.toLocaleString()} of 5,000 keys were done. Go on with the rest?`,
    );
    assert.deepEqual(offer?.items, ['Resume', 'Start Over']);
    assert.match(told?.text ?? '', /^Imported 5,000 keys into/);
    assert.equal(places().size, COUNT + 1);
  });

  it('by errors leaves what was not written in a document that can be saved and imported', async () => {
    const short = (key: string) => ({ key, value: `the value of ${key}`, metadata: [key], expiration: inSeconds(30) });
    const from = await file([short('a'), { key: 'fine', value: 'v' }, short('b')]);
    await kv.put('shown', 'v');
    await open(kv.uri('shown'));
    spy.answer = ({ how, items }) =>
      how === 'showOpenDialog' ? [from] : items.find((item) => item === 'Show Failures');
    await run('importKeys');
    const failures = vscode.window.activeTextEditor?.document;
    assert.equal(failures?.languageId, 'jsonl');
    assert.match(failures?.getText() ?? '', /^\{"key":"a",.*"error":".*“a”.*"\}\n\{"key":"b",/);
    const again = vscode.Uri.file(join(folder, 'failures.ndjson'));
    await writeFile(again.fsPath, (failures?.getText() ?? '').replaceAll(/"expiration":\d+/g, '"expiration":null'));
    const args = { namespace: kv.namespace, from: again, onConflict: 'fail' };
    assert.equal((await run<Outcome>('importKeys', args)).done, 2);
    assert.deepEqual(await kv.get('b'), { value: 'the value of b', metadata: ['b'] });
  });
});
