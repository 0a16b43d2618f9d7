import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { BulkOutcome } from '../../src/core/store/store.ts';
import { eventually } from '../support/eventually.ts';
import {
  backupFiles,
  closeEditors,
  expectKvError,
  freshKey,
  globalStorage,
  inSeconds,
  run,
  testNamespace,
} from './support.ts';
import { WindowSpy } from './windowSpy.ts';

interface Outcome extends BulkOutcome {
  readonly undo?: string;
  readonly left?: number;
}

interface Undone extends BulkOutcome {
  readonly removed: number;
}

const COUNT = 5000;
/** So many batches are written before it is cancelled: enough that to take them back can be cancelled too. */
const BATCHES = 6;
const keys = Array.from({ length: COUNT }, (_, i) => `key:${String(i).padStart(5, '0')}`);

describe('bulk work that was interrupted', () => {
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

  /** The journals of bulk work that is under way, or ended before its end: by file, what they say. */
  function notes(): Map<string, string> {
    const stored = globalStorage('journal');
    const names = existsSync(stored) ? readdirSync(stored).filter((name) => /\.(open|left)\.ndjson$/.test(name)) : [];
    return new Map(
      names.flatMap((name) => {
        try {
          return [[name, readFileSync(join(stored, name), 'utf8')] as const];
        } catch (error) {
          // Its work has ended since the folder was listed.
          if (Reflect.get(Object(error), 'code') !== 'ENOENT') throw error;
          return [];
        }
      }),
    );
  }

  /** Runs a command and cancels it in the middle of its writing. */
  async function interrupted(command: string, args: object): Promise<Outcome> {
    const earlier = notes();
    const outcome = await cancelled<Outcome>(command, args, () =>
      [...notes()].some(([name, text]) => !earlier.has(name) && text.split('"mark"').length > BATCHES),
    );
    assert.ok(outcome.done > 0 && outcome.done < COUNT, String(outcome.done));
    return outcome;
  }

  /** Runs a command and cancels it as soon as it is time to. */
  async function cancelled<T extends BulkOutcome>(command: string, args: object, isTime: () => boolean): Promise<T> {
    let cancel = (): void => {};
    const token = {
      isCancellationRequested: false,
      onCancellationRequested: (listener: () => void) => {
        cancel = listener;
        return { dispose() {} };
      },
    };
    let isOver = false;
    const running = run<T>(command, args, token).then(
      (outcome) => {
        isOver = true;
        return outcome;
      },
      (error: unknown) => {
        isOver = true;
        throw error;
      },
    );
    while (!isOver && !isTime()) await turn();
    cancel();
    const outcome = await running;
    assert.ok(outcome.cancelled);
    return outcome;
  }

  /** Where each value is stored: another place after it was written again. */
  function places(): Map<unknown, unknown> {
    const database = new DatabaseSync(kv.files.database, { readOnly: true, timeout: 10_000 });
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

  /** Chooses the namespace and the file, and presses the first of these buttons that there is. */
  const importing = (from: vscode.Uri, ...pressed: readonly string[]) => {
    spy.answer = ({ how, items }) => {
      if (how === 'showQuickPick') return { namespace: kv.namespace };
      return how === 'showOpenDialog' ? [from] : items.find((item) => pressed.includes(item));
    };
  };

  /** Everything in the namespace, values as text. */
  async function everything(): Promise<unknown[]> {
    const entries: unknown[] = [];
    for await (const { value, ...rest } of kv.foreign.getMany([...places().keys()].map(String).sort())) {
      entries.push({ ...rest, value: Buffer.from(value).toString() });
    }
    return entries;
  }

  /** Keys that the work overwrites, at its beginning and its end, and one that it does not know; then what there is. */
  async function prepare(): Promise<unknown[]> {
    for (const key of [keys[1], keys[COUNT - 1], 'own']) await kv.put(key ?? '', `old ${key}`, { metadata: 'old' });
    return await everything();
  }

  type Start = () => Promise<readonly [command: string, args: object]>;
  const works: Record<string, Start> = {
    'an import': async () => ['importKeys', { namespace: kv.namespace, from: await whole(), onConflict: 'overwrite' }],
    'a copy': async () => [
      'copyKeys',
      { from: { namespace: source.namespace }, to: kv.namespace, onConflict: 'overwrite' },
    ],
    'a sync': async () => ['syncNamespace', { from: source.namespace, to: kv.namespace, confirm: true }],
  };
  for (const [name, start] of Object.entries(works)) {
    it(`as ${name} is gone on with when it is started again, without writing anything twice, and undone in one go`, async () => {
      const [command, args] = await start();
      const isSync = command === 'syncNamespace';
      const earlier = await prepare();
      const noted = notes();
      const old = places();
      const first = await interrupted(command, args);
      const before = new Map([...places()].filter(([key, place]) => old.get(key) !== place));
      assert.equal(before.size, first.done);
      const second = await run<Outcome>(command, args);
      const rest = isSync ? COUNT - first.done : COUNT;
      assert.deepEqual([second.done, second.failed, second.cancelled], [rest, [], false]);
      const after = places();
      assert.equal(after.size, COUNT + 1);
      for (const [key, place] of before) assert.equal(after.get(key), place);
      if (!isSync) await expectKvError(run(command, { ...args, onConflict: 'fail' }), 'conflict');
      assert.deepEqual([...notes().keys()], [...noted.keys()]);

      // By the message of either part, or the newest there is.
      const id = isSync ? undefined : command === 'copyKeys' ? second.undo : first.undo;
      const { removed, ...undone } = await run<Undone>('undo', id === undefined ? {} : { id });
      assert.deepEqual([undone.done, removed, undone.skipped, undone.failed], [COUNT, COUNT - 2, 0, []]);
      assert.deepEqual(await everything(), earlier);
      for (const { undo } of [first, second]) await expectKvError(run('undo', { id: undo }), 'notFound');
    });
  }

  it('is offered to be gone on with at its next start, and undone with it', async () => {
    for (const choice of ['Resume', 'Start Over']) {
      const from = await whole();
      const earlier = await prepare();
      spy.asked.length = 0;
      importing(from, choice, 'Overwrite', 'Undo');
      const args = { namespace: kv.namespace, from, onConflict: 'overwrite' };
      const { done, left } = await interrupted('importKeys', args);
      assert.equal(left, COUNT - done);
      await run('importKeys');
      const [, , offer] = spy.asked;
      const [told, undone] = spy.asked.slice(-2);
      assert.equal(
        offer?.text.replace(/key-\w+|host-resuming-\w+/g, '…'),
        `Importing ….ndjson into … (local, shop) stopped before its end: ${done.toLocaleString('en-GB')} of 5,000 keys were done. Go on with the rest?`,
      );
      assert.deepEqual(offer?.items, ['Resume', 'Start Over']);
      assert.match(told?.text ?? '', /^Imported 5,000 keys into/);
      assert.match(undone?.text ?? '', /^Undone: 2 keys restored, 4,998 keys removed, in .* \(local, shop\)\.$/);
      assert.deepEqual(await everything(), earlier, choice);
    }
  });

  it('is gone on with after an undo of it that was cancelled, and done with after one that was not', async () => {
    const [command, args] = await (works['an import'] ?? assert.fail)();
    const earlier = await prepare();
    const { undo, done } = await interrupted(command, args);
    const written = places().size;
    await cancelled<Undone>('undo', { id: undo }, () => places().size < written);
    const again = await run<Outcome>(command, args);
    assert.equal(again.done, COUNT);
    const part = await cancelled<Undone>('undo', {}, () => places().size < COUNT + 1);
    // What was taken back is not gone through again.
    const rest = await run<Undone>('undo', {});
    assert.deepEqual([part.done + rest.done, rest.failed], [COUNT, []]);
    assert.ok(part.done > 0 && rest.done > 0 && done < COUNT);
    assert.deepEqual(await everything(), earlier);

    await run('undo', { id: (await interrupted(command, args)).undo });
    const anew = await run<Outcome>(command, { ...args, onConflict: 'skip' });
    assert.deepEqual([anew.done, anew.skipped], [COUNT - 2, 2]);
    assert.equal((await run<Undone>('undo', { id: anew.undo })).removed, COUNT - 2);
    assert.deepEqual(await everything(), earlier);
  });

  it('as a sync of which somebody else has done the rest is still undone, and theirs stays', async () => {
    const [command, args] = await (works['a sync'] ?? assert.fail)();
    const earlier = await prepare();
    const { done } = await interrupted(command, args);
    const rest: KvEntry[] = [];
    for await (const entry of source.foreign.getMany(keys.slice(done))) rest.push(entry);
    await kv.foreign.putMany(rest);
    const { undo, ...outcome } = await run<Outcome>(command, args);
    assert.equal(outcome.done, 0);
    const undone = await run<Undone>('undo', { id: undo });
    assert.deepEqual([undone.done, undone.failed], [done, []]);
    const theirs = new Map(
      rest.map(({ key, value, ...about }) => [key, { key, ...about, value: Buffer.from(value).toString() }]),
    );
    const ours = (entry: unknown): boolean => !theirs.has(String(Reflect.get(Object(entry), 'key')));
    assert.deepEqual((await everything()).filter(ours), earlier.filter(ours));
    for (const key of keys.slice(done)) assert.deepEqual((await kv.get(key))?.value, 'v');
  });

  it('whose journal is gone is work of its own, and is undone to what was there before it', async () => {
    const [command, args] = await (works['an import'] ?? assert.fail)();
    const { undo } = await interrupted(command, args);
    for (const file of backupFiles(undo)) await rm(file);
    const before = await everything();
    const second = await run<Outcome>(command, args);
    assert.deepEqual((await run<Undone>('undo', { id: second.undo })).failed, []);
    assert.deepEqual(await everything(), before);
  });

  it('as a copy with nothing to copy any more is at its end, unless what is left cannot be read', async () => {
    const from = testNamespace(freshKey('host-resuming-from'));
    await from.foreign.putMany(keys.map((key) => ({ key, value: Buffer.from('v') })));
    const args = { from: { namespace: from.namespace }, to: kv.namespace, onConflict: 'overwrite', confirm: true };
    const { undo, done } = await interrupted('copyKeys', args);
    const kept = keys.at(-1) ?? '';
    await from.foreign.deleteMany(keys.slice(0, -1));
    from.makeUnreadable(kept);
    const first = await run<Outcome>('copyKeys', args);
    assert.deepEqual([first.undo, first.failed.map(({ key }) => key)], [undo, [kept]]);
    await from.foreign.delete(kept);
    const second = await run<Outcome>('copyKeys', args);
    assert.deepEqual([second.undo, second.failed], [undo, []]);
    assert.equal((await run<Outcome>('copyKeys', args)).undo, undefined);
    assert.equal((await run<Undone>('undo', { id: undo })).removed, done);
  });

  it('by errors is tried again from its message, and then writes what has failed alone', async () => {
    const items = [
      { key: 'short', value: 'v', expiration: inSeconds(30) },
      { key: 'fine', value: 'v' },
    ];
    const from = await file(items);
    let place: unknown;
    spy.answer = ({ how, items: buttons }) => {
      if (how === 'showQuickPick') return { namespace: kv.namespace };
      if (how === 'showOpenDialog') return [from];
      if (!buttons.includes('Retry')) return undefined;
      place = places().get('fine');
      writeFileSync(from.fsPath, items.map((item) => JSON.stringify({ ...item, expiration: null })).join('\n'));
      return 'Retry';
    };
    await run('importKeys');
    const [partly, whole] = spy.asked.filter(
      ({ how }) => how === 'showWarningMessage' || how === 'showInformationMessage',
    );
    assert.match(partly?.text ?? '', /^Imported 1 of 2 keys into .*“short”/);
    assert.deepEqual(partly?.items, ['Show Failures', 'Retry', 'Undo']);
    assert.match(whole?.text ?? '', /^Imported 2 keys into/);
    assert.deepEqual([places().get('fine'), (await kv.get('short'))?.value], [place, 'v']);
    assert.deepEqual((await run<Undone>('undo', {})).removed, 2);
  });

  it('is not what ends with keys that were refused: the same work is done anew, as it is told to', async () => {
    const soon = { key: 'soon', value: 'v', expiration: inSeconds(30) };
    const from = await file([{ key: 'a', value: 'v' }, soon]);
    const importing = (onConflict: string) => run<Outcome>('importKeys', { namespace: kv.namespace, from, onConflict });
    const first = await importing('fail');
    assert.deepEqual([first.done, first.failed.map(({ key }) => key)], [1, ['soon']]);
    await expectKvError(importing('fail'), 'conflict', '“a”');
    const { done, skipped } = await importing('skip');
    assert.deepEqual({ done, skipped }, { done: 0, skipped: 1 });
    writeFileSync(from.fsPath, JSON.stringify({ key: 'a', value: 'mended' }));
    await expectKvError(importing('fail'), 'conflict', '“a”');
    const second = await importing('overwrite');
    assert.notEqual(second.undo, first.undo);
    await run('undo', { id: second.undo });
    assert.equal((await kv.get('a'))?.value, 'v');

    const target = testNamespace(freshKey('host-resuming-to'));
    kv.expireIn('a', 40);
    await kv.put('b', 'v');
    const copying = () => run<Outcome>('copyKeys', { from: { namespace: kv.namespace }, to: target.namespace });
    assert.deepEqual(
      (await copying()).failed.map(({ key }) => key),
      ['a'],
    );
    await expectKvError(copying(), 'conflict', '“b”');
  });

  it('by errors leaves what was not written in a document that can be saved and imported', async () => {
    const short = (key: string) => ({ key, value: `the value of ${key}`, metadata: [key], expiration: inSeconds(30) });
    const from = await file([short('a'), { key: 'fine', value: 'v' }, short('b')]);
    importing(from, 'Show Failures');
    await run('importKeys');
    const failures = await eventually(() => {
      const document = vscode.window.activeTextEditor?.document ?? assert.fail('no editor');
      assert.equal(document.languageId, 'jsonl');
      return document.getText();
    });
    assert.match(failures, /^\{"key":"a",.*"error":".*“a”.*"\}\n\{"key":"b",/);
    const again = vscode.Uri.file(join(folder, 'failures.ndjson'));
    await writeFile(again.fsPath, failures.replaceAll(/"expiration":\d+/g, '"expiration":null'));
    const args = { namespace: kv.namespace, from: again, onConflict: 'fail' };
    assert.equal((await run<Outcome>('importKeys', args)).done, 2);
    assert.deepEqual(await kv.get('b'), { value: 'the value of b', metadata: ['b'] });
  });
});
