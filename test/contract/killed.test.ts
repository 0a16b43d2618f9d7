import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Changes } from '../../src/core/change/changes.ts';
import { Journals } from '../../src/core/change/journal/journals.ts';
import { realProcesses } from '../../src/core/change/journal/owner.ts';
import type { KeyChange } from '../../src/core/change/keyChange.ts';
import { KeyLocks } from '../../src/core/change/keyLocks.ts';
import { undoChange } from '../../src/core/change/undo/undoChange.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { planSync, syncSteps } from '../../src/core/transfer/sync.ts';
import { defaultStateFolder } from '../../src/local/stateFolder.ts';
import { type KilledWork, keysOf, namespace, oldEntry, wantedEntry } from '../support/killed/story.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';
import { assertEntries, dump } from '../support/transfers.ts';

const COUNT = 600;
const script = join(import.meta.dirname, '..', 'support', 'killed', 'work.ts');
const work = (kind: KilledWork['kind']) => ({ command: 'test', args: { kind }, title: 'A test', total: COUNT });
const limits = { items: 100, bytes: 1e6 };

/** Resolves when the third batch is written and its mark is not. */
async function startAndKill(about: KilledWork): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [script, JSON.stringify(about)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const text of child.stdout ?? assert.fail()) {
    output += text;
    if (output.includes('written 3')) break;
  }
  assert.match(output, /written 3/);
  child.kill('SIGKILL');
  if (child.signalCode === null) await once(child, 'exit');
}

describe('a window that is killed', () => {
  let local: LocalFolder;
  let store: KvStore;
  let journals: Journals;
  let changes: Changes;
  const old = Array.from({ length: COUNT }, (_, i) => oldEntry(i));
  const wanted = Array.from({ length: COUNT }, (_, i) => wantedEntry(i));

  beforeEach(async () => {
    local = localFolder();
    local.source.update({ ...local.source.project, stateFolder: defaultStateFolder(local.folder) });
    store = local.source.store(namespace.id);
    await store.putMany(old);
    const options = { days: 7, megabytes: 100, clock: Date.now };
    journals = new Journals(join(local.folder, 'journal'), join(local.folder, 'undo'), options, realProcesses());
    changes = new Changes({ journals, locks: new KeyLocks(), storeOf: async () => store });
  });
  afterEach(() => local.dispose());

  const interrupted = async () => {
    const [info, more] = await journals.list();
    assert.equal(more, undefined);
    assert.deepEqual([info?.state, info?.keys, info?.uncertain], ['interrupted', 300, 100]);
    const [left] = await journals.unfinishedWorks();
    assert.deepEqual([left?.needsNotice, left?.done, left?.isUndoable], [true, 200, true]);
    return info ?? assert.fail();
  };

  it('in the middle of a delete leaves what the next one takes back', async () => {
    await startAndKill({ folder: local.folder, kind: 'delete', count: COUNT });
    const info = await interrupted();
    assert.equal((await dump(store)).length, COUNT - 300);
    const undone = await undoChange(info, { journals, changes });
    assert.deepEqual([undone.done, undone.failed], [300, []]);
    assertEntries(await dump(store), old);
    assert.deepEqual(await journals.list(), []);
  });

  it('in the middle of an import leaves what the next one resumes, and takes back as a whole', async () => {
    await startAndKill({ folder: local.folder, kind: 'import', count: COUNT });
    const { id } = await interrupted();
    const left = await journals.findWork(work('import'));
    assert.equal(left?.id, id);
    async function* steps(): AsyncGenerator<KeyChange> {
      for (const [i, key] of keysOf(COUNT).entries()) yield { key, decide: () => ({ entry: wantedEntry(i) }) };
    }
    const operation = { kind: 'import', namespace, label: 'A test' } as const;
    const outcome = await changes.run(operation, steps(), { limits, work: work('import'), earlier: id });
    assert.deepEqual([outcome.done, outcome.failed, outcome.undo], [COUNT, [], id]);
    assertEntries(await dump(store), wanted);
    const info = (await journals.find(id)) ?? assert.fail();
    assert.equal(info.state, 'whole');
    const undone = await undoChange(info, { journals, changes });
    assert.deepEqual(undone.failed, []);
    assertEntries(await dump(store), old);
  });

  it('in the middle of a sync leaves what the next one resumes, and takes back as a whole', async () => {
    const other = local.source.store('other');
    await other.putMany(wanted.slice(0, 400));
    await startAndKill({ folder: local.folder, kind: 'sync', count: COUNT });
    const { id } = await interrupted();
    const plan = await planSync(other, store, {});
    assert.deepEqual(plan.counts, { add: 0, change: 100, remove: 200, same: 300 });
    const operation = { kind: 'sync', namespace, label: 'A test' } as const;
    const { steps } = syncSteps(other, plan, true);
    await changes.run(operation, steps(undefined), { limits, work: work('sync'), earlier: id });
    assertEntries(await dump(store), wanted.slice(0, 400));
    const info = (await journals.find(id)) ?? assert.fail();
    assert.deepEqual((await undoChange(info, { journals, changes })).failed, []);
    assertEntries(await dump(store), old);
  });
});
