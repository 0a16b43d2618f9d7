import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isKvError, KvError } from '../../../src/core/base/errors.ts';
import { Changes } from '../../../src/core/change/changes.ts';
import type { KeyChange } from '../../../src/core/change/keyChange.ts';
import type { KvEntry } from '../../../src/core/entry/entry.ts';
import type { KvStore, OnUnread } from '../../../src/core/store/store.ts';
import { ForwardingStore } from '../../../src/core/store/wrappers/forwarding.ts';
import { newBlobId } from '../../../src/local/sqlite/blobs.ts';
import { loadSqlite } from '../../../src/local/sqlite/sqlite.ts';
import { each, entry, type MachineWindow, operation, useMachine } from '../../support/journalWindow.ts';
import { localDatabase } from '../../support/localDatabase.ts';
import { type LocalFolder, localFolder } from '../../support/localFolder.ts';

const LATER = Math.floor(Date.UTC(2030, 0, 1) / 1000);

describe('changing a key whose value can never be read', () => {
  let window: MachineWindow;
  let local: LocalFolder;
  let store: KvStore;
  let changes: Changes;
  useMachine((_, first) => {
    window = first;
  });
  before(() => loadSqlite());
  beforeEach(async () => {
    local = localFolder();
    store = local.source.store('KV');
    changes = new Changes({ journals: window.journals, locks: window.locks, storeOf: async () => store });
    await store.put(entry('whole', 'A'));
    await store.put(entry('broken', 'B', { metadata: { by: 'anna' }, expiration: LATER }));
  });
  afterEach(() => local.dispose());

  const { files, edit, rows } = localDatabase(() => local);
  const blob = (): string => join(files().blobs, String(rows().broken));
  const rename = (blobId: string): void => edit("UPDATE _mf_entries SET blob_id = ? WHERE key = 'broken'", blobId);
  const keys = async () => (await store.list({})).keys.map(({ name }) => name);
  const text = async (key: string) => Buffer.from((await store.get(key))?.value ?? '').toString();

  /** Deletes both keys; `damaged` are those that were found so. */
  const remove = async (rest: Partial<KeyChange> = {}) => {
    const damaged: string[] = [];
    const steps = ['whole', 'broken'].map(
      (key): KeyChange => ({ key, decide: () => 'delete', onDamaged: () => damaged.push(key), ...rest }),
    );
    return { ...(await changes.run(operation('delete'), each(steps))), damaged };
  };

  const instead = (make: (path: string) => void) => (): void => {
    const path = blob();
    rmSync(path);
    make(path);
  };
  for (const [what, spoil] of [
    ['whose row names no file', () => rename('../x')],
    ['whose file is a folder', instead((path) => mkdirSync(path))],
    ['whose file is a link', instead((path) => symlinkSync('/etc/hosts', path))],
    ['whose file is larger than a value', () => truncateSync(blob(), 26 * 1024 * 1024)],
  ] as const) {
    describe(what, () => {
      beforeEach(() => spoil());

      it('fails by name unless that is allowed', async () => {
        const steps = ['whole', 'broken'].map((key): KeyChange => ({ key, decide: () => 'delete' }));
        const { done, failed } = await changes.run(operation('delete'), each(steps));
        assert.deepEqual([done, failed.map(({ key }) => key), await keys()], [1, ['broken'], ['broken']]);
        assert.deepEqual(Object.keys(failed[0] ?? {}), ['key', 'error']);
      });

      it('deletes it with others, which alone can be taken back', async () => {
        const { done, failed, undo = '', damaged } = await remove();
        assert.deepEqual([done, failed, damaged, await keys()], [2, [], ['broken'], []]);
        assert.deepEqual(
          [(await window.journals.find(undo))?.keys, await window.written(undo)],
          [1, [['whole', 'yes']]],
        );
      });

      it('writes it anew with what else it has, and tells that this cannot be taken back', async () => {
        const found: (KvEntry | undefined)[] = [];
        const { undo, isWritten } = await changes.one(operation('put'), {
          key: 'broken',
          decide: (now) => {
            found.push(now);
            return { entry: { ...entry('broken', 'new'), ...(now && { metadata: now.metadata ?? 0 }) } };
          },
          onDamaged: () => {},
        });
        assert.deepEqual([undo, isWritten, await text('broken')], [undefined, true, 'new']);
        assert.deepEqual(
          found.map((now) => [now?.value.length, now?.metadata, now?.expiration]),
          [[0, { by: 'anna' }, LATER]],
        );
        assert.deepEqual(await window.journals.list(), []);
      });
    });
  }

  it('leaves it alone when that is refused, with the reason', async () => {
    rename('../x');
    const onDamaged = (error: KvError): never => {
      throw error;
    };
    const { done, failed } = await remove({ onDamaged });
    assert.deepEqual([done, await keys()], [1, ['broken']]);
    assert.match(failed[0]?.error.message ?? '', /names no file of a value/);
  });

  it('leaves it alone when somebody else writes it meanwhile', async () => {
    rename('../x');
    const { done, failed } = await remove({
      decide: () => {
        const blobId = newBlobId();
        writeFileSync(join(files().blobs, blobId), 'theirs');
        rename(blobId);
        return 'delete';
      },
    });
    assert.deepEqual(
      [done, failed.map(({ key, error }) => [key, error.kind]), await text('broken')],
      [1, [['broken', 'conflict']], 'theirs'],
    );
  });

  it('never takes one for it that cannot be read for the moment', async () => {
    class Busy extends ForwardingStore {
      override async *getMany(asked: readonly string[], signal?: AbortSignal, onUnread?: OnUnread) {
        yield* super.getMany(
          asked.filter((key) => key !== 'broken'),
          signal,
          onUnread,
        );
        onUnread?.({ key: 'broken', error: new KvError('busy', 'It is being written.') });
      }
    }
    store = new Busy(store);
    const { done, failed, damaged } = await remove();
    assert.deepEqual([done, damaged, isKvError(failed[0]?.error, 'busy')], [1, [], true]);
    assert.deepEqual(await keys(), ['broken']);
  });
});
