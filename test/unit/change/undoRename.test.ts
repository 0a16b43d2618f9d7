import assert from 'node:assert/strict';
import { appendFile, mkdir } from 'node:fs/promises';
import { isKvError, KvError } from '../../../src/core/base/errors.ts';
import { isDamagedJournal } from '../../../src/core/change/journal/errors.ts';
import { renameKey } from '../../../src/core/change/renameKey.ts';
import type { UndoOptions } from '../../../src/core/change/undo/undoChange.ts';
import { type Machine, type MachineWindow, operation, useMachine } from '../../support/journalWindow.ts';

const NOW = 1_800_000_000;

describe('taking back that a key was renamed', () => {
  let machine: Machine;
  let window: MachineWindow;
  const renewMachine = useMachine((made, first) => {
    [machine, window] = [made, first];
  });

  const undo = async (id: string, rest: UndoOptions = {}, by = window) =>
    await by.undo(id, { now: () => NOW, ...rest });
  /** A rename of which only the first half was done; the id of the journal. */
  const renameInHalf = async (): Promise<string> => {
    machine.fates = ['answered', 'refused'];
    await assert.rejects(rename(), (error) => isKvError(error) && /Before that, “new” had been/.test(error.message));
    machine.now += 1000;
    return (await window.journals.list())[0]?.id ?? '';
  };
  const rename = async (overwrite = false): Promise<string> => {
    machine.now += 1000;
    await renameKey(window.changes, operation('rename'), { from: 'old', to: 'new' }, { overwrite });
    machine.now += 1000;
    return (await window.journals.list())[0]?.id ?? '';
  };
  const renameThereAndBack = async (by: MachineWindow): Promise<void> => {
    for (const [from, to] of [
      ['old', 'new'],
      ['new', 'old'],
    ] as const) {
      machine.now += 1000;
      await renameKey(by.changes, operation('rename'), { from, to }, { overwrite: false });
    }
  };

  it('gives back both names', async () => {
    machine.put('old', 'value');
    machine.put('new', 'other');
    const { done, removed, failed } = await undo(await rename(true));
    assert.deepEqual([done, removed, failed, machine.values], [2, 0, [], { new: 'other', old: 'value' }]);
    assert.deepEqual(await window.journals.list(), []);
  });

  it('leaves the value where it is while somebody else has the former name', async () => {
    machine.put('old', 'value');
    const id = await rename();
    machine.put('old', 'theirs');
    const outcome = await undo(id);
    assert.deepEqual(
      outcome.failed.map(({ key, error }) => [key, error.kind]),
      [
        ['old', 'conflict'],
        ['new', 'conflict'],
      ],
    );
    assert.match(outcome.failed[1]?.error.message ?? '', /“new” stays as it is/);
    assert.deepEqual([outcome.changed, machine.values], [['old', 'new'], { new: 'value', old: 'theirs' }]);
    assert.equal(outcome.covered, undefined);
    assert.ok(await window.journals.find(id));
  });

  it('leaves the value where it is while it cannot be written under the former name', async () => {
    machine.put('old', 'value');
    const id = await rename();
    machine.fates = ['refused'];
    assert.equal((await undo(id)).done, 0);
    assert.deepEqual(machine.values, { new: 'value' });
    assert.equal((await undo(id)).done, 2);
    assert.deepEqual([machine.values, await window.journals.list()], [{ old: 'value' }, []]);
  });

  it('leaves alone what ends too soon to be written under the former name', async () => {
    machine.put('old', 'value', { expiration: NOW + 59 });
    const { expired, changed } = await undo(await rename());
    assert.deepEqual([expired, changed, machine.values], [['old'], ['new'], { new: 'value' }]);
  });

  it('takes the new name away where the former one was never taken', async () => {
    machine.put('old', 'value');
    const id = await renameInHalf();
    assert.deepEqual(machine.values, { new: 'value', old: 'value' });
    assert.equal((await undo(id)).removed, 1);
    assert.deepEqual(machine.values, { old: 'value' });
  });

  for (const by of ['the same window', 'another window']) {
    it(`leaves the value where it is a second time, too, by ${by}, until the former name is free`, async () => {
      machine.put('old', 'value');
      const id = await rename();
      machine.put('old', 'theirs');
      await undo(id);
      const other = by === 'another window' ? machine.window('two', { pid: 2 }) : window;
      for (let time = 0; time < 2; time++) {
        const { done, changed } = await undo(id, {}, other);
        assert.deepEqual([done, changed, machine.values], [0, ['old', 'new'], { new: 'value', old: 'theirs' }]);
      }
      machine.ground.entries.delete('old');
      assert.equal((await undo(id, {}, other)).done, 2);
      assert.deepEqual([machine.values, await other.journals.list()], [{ old: 'value' }, []]);
    });
  }

  it('leaves the value where it is where somebody has taken the former name since, which was never taken', async () => {
    machine.put('old', 'value');
    const id = await renameInHalf();
    machine.ground.entries.delete('old');
    const { done, failed } = await undo(id);
    assert.deepEqual([done, failed.map(({ key }) => key), machine.values], [0, ['new'], { new: 'value' }]);
    assert.match(failed[0]?.error.message ?? '', /“new” stays as it is/);
    assert.ok(await window.journals.find(id));
  });

  for (const becomes of ['nothing', 'theirs']) {
    it(`leaves the value where it is where what came back under the former name is ${becomes} by now`, async () => {
      machine.put('old', 'value');
      const id = await rename();
      machine.fates = ['answered', 'refused'];
      assert.equal((await undo(id)).done, 1);
      assert.deepEqual(machine.values, { new: 'value', old: 'value' });
      if (becomes === 'nothing') machine.ground.entries.delete('old');
      else machine.put('old', becomes);
      const { values } = machine;
      const { done, failed } = await undo(id);
      assert.deepEqual([done, failed.map(({ key }) => key), machine.values], [0, ['new'], values]);
    });
  }

  it('goes on with the new name where the value came back under the former one before', async () => {
    machine.put('old', 'value');
    const id = await rename();
    machine.fates = ['answered', 'refused'];
    await undo(id);
    const { done, removed, failed } = await undo(id);
    assert.deepEqual([done, removed, failed, machine.values], [1, 1, [], { old: 'value' }]);
    assert.deepEqual(await window.journals.list(), []);
  });

  it('does not take away once more what a reading that may be old does not show', async () => {
    const account = machine.window('account', { kind: 'reviews' });
    machine.put('old', 'value');
    const id = await rename();
    machine.put('old', 'theirs');
    const get = account.store.get.bind(account.store);
    account.store.get = async (key, signal) => (key === 'new' ? undefined : await get(key, signal));
    const { changed } = await undo(id, { staleSince: 0 }, account);
    assert.deepEqual([changed, machine.values], [['old', 'new'], { new: 'value', old: 'theirs' }]);
  });

  for (const size of [1000, 310_000, 1_000_000]) {
    it(`tells the names that documents are to follow, of ${size.toLocaleString()} bytes, in the end too`, async () => {
      machine.put('old', 'x'.repeat(size));
      const id = await rename();
      assert.deepEqual((await window.journals.find(id))?.names, ['new', 'old']);
      machine.fates = ['answered', 'refused'];
      assert.equal((await undo(id)).renamedBack, undefined);
      assert.deepEqual((await undo(id)).renamedBack, { from: 'new', to: 'old' });
    });
  }

  it('tells no names where the new one has what it had before', async () => {
    machine.put('old', 'value');
    machine.put('new', 'other');
    assert.equal((await undo(await rename(true))).renamedBack, undefined);
  });

  it('gives back what the rename wrote over once the value itself has ended', async () => {
    machine.put('old', 'value', { expiration: NOW - 1 });
    machine.put('new', 'other');
    const id = await rename(true);
    machine.ground.entries.delete('new');
    const { expired, changed } = await undo(id);
    assert.deepEqual([expired, changed, machine.values], [['old'], [], { new: 'other' }]);
  });

  for (const kind of ['compares', 'reviews'] as const) {
    for (const chain of [
      ['ab', 'bc', 'cd'],
      ['ab', 'bc', 'ca'],
      ['ab', 'ba', 'ab'],
    ]) {
      it(`leaves no change behind of ${chain}, taken back in any order, on a store that ${kind}`, async () => {
        for (const order of ordersOf(chain.map((_, at) => at))) {
          renewMachine();
          machine.countsTicks = true;
          window = machine.window('one', { kind });
          machine.put('a', 'value');
          const ids: string[] = [];
          for (const [from = '', to = ''] of chain) {
            machine.now += 1000;
            await renameKey(window.changes, operation('rename'), { from, to }, { overwrite: true });
            ids.push((await window.journals.list())[0]?.id ?? '');
          }
          for (const at of [...order, ...order]) {
            machine.now += 1000;
            if (!(await window.journals.find(ids[at] ?? ''))) continue;
            const { failed } = await undo(ids[at] ?? '', kind === 'reviews' ? { staleSince: 0 } : {});
            for (const { error } of failed) assert.doesNotMatch(error.message, /could not be given back/);
          }
          const text = `${order.map((at) => chain[at])}`;
          assert.deepEqual(await window.journals.list(), [], text);
          assert.equal(machine.values.a, 'value', text);
        }
      });
    }
  }

  for (const kind of ['compares', 'reviews'] as const) {
    it(`loses nothing where two windows take back two renames at the same moment, on a store that ${kind}`, async () => {
      machine.countsTicks = true;
      const [one, two] = [machine.window('a', { kind }), machine.window('b', { pid: 2, kind })];
      machine.put('old', 'value');
      await renameThereAndBack(one);
      machine.now += 7_200_000;
      const [newer, older] = await one.journals.list();
      const stale = kind === 'reviews' ? { staleSince: machine.now - 3_600_000 } : {};
      await Promise.all([undo(newer?.id ?? '', stale, one), undo(older?.id ?? '', stale, two)]);
      assert.ok(Object.values(machine.values).includes('value'));
      for (const { id } of await one.journals.list()) await undo(id, stale, one);
      assert.deepEqual(await one.journals.list(), []);
      assert.ok(Object.values(machine.values).includes('value'));
    });

    it(`takes nothing away once the former name is something else again, on a store that ${kind}`, async () => {
      window = machine.window('a', { kind });
      machine.put('old', 'value');
      const id = await rename();
      for (const way of ['delete', 'deleteMany'] as const) {
        const send = window.store[way].bind(window.store) as (...all: unknown[]) => Promise<never>;
        window.store[way] = async (...all: unknown[]) => {
          machine.ground.entries.delete('old');
          return await send(...all);
        };
      }
      const { failed } = await undo(id);
      assert.deepEqual(
        [failed.map(({ key, error }) => [key, error.kind]), machine.values],
        [[['new', 'conflict']], { new: 'value' }],
      );
      assert.match(failed[0]?.error.message ?? '', /it or “old” was changed at the same moment\. Undo again/);
    });
  }

  for (const age of [60_000, 7_200_000]) {
    it(`takes nothing away by an old reading from an account, ${age / 60_000} min after the rename`, async () => {
      machine.countsTicks = true;
      const [one, two] = [machine.window('a', { kind: 'reviews' }), machine.window('b', { pid: 2, kind: 'reviews' })];
      machine.put('old', 'value');
      await renameThereAndBack(one);
      machine.now += age;
      const get = two.store.get.bind(two.store);
      const before = machine.ground.entries.get('old');
      two.store.get = async (key, signal) => (key === 'old' ? before : await get(key, signal));
      const [newer, older] = await one.journals.list();
      const stale = () => ({ staleSince: machine.now - 3_600_000 });
      await undo(newer?.id ?? '', stale(), one);
      assert.deepEqual(machine.values, { new: 'value' });
      machine.now += 20_000;
      const { skipped, removed } = await undo(older?.id ?? '', stale(), two);
      assert.deepEqual([skipped, removed, machine.values], [1, 1, { old: 'value' }]);
      assert.deepEqual(await one.journals.list(), []);
    });
  }

  it('takes nothing away by an old reading from an account where the former name came back before', async () => {
    const account = machine.window('account', { kind: 'reviews' });
    machine.put('old', 'value');
    const id = await rename();
    machine.fates = ['answered', 'refused'];
    await undo(id, { staleSince: 0 }, account);
    const get = account.store.get.bind(account.store);
    const before = machine.ground.entries.get('old');
    account.store.get = async (key, signal) => (key === 'old' ? before : await get(key, signal));
    machine.ground.entries.delete('old');
    machine.fates = ['refused'];
    const { done, failed } = await undo(id, { staleSince: 0 }, account);
    assert.deepEqual([done, failed.map(({ key }) => key), machine.values], [0, ['old', 'new'], { new: 'value' }]);
    const { removed } = await undo(id, { staleSince: 0 }, account);
    assert.deepEqual([removed, machine.values, await account.journals.list()], [1, { old: 'value' }, []]);
  });

  it('keeps the change where the former name could not be written in an account in the end', async () => {
    const account = machine.window('account', { kind: 'reviews' });
    machine.put('old', 'value');
    const id = await rename();
    machine.fates = ['answered', 'answered', 'refused'];
    const { done, failed, removed } = await undo(id, { staleSince: 0 }, account);
    assert.deepEqual([done, failed.map(({ key, uncertain }) => [key, uncertain]), removed], [1, [['old', true]], 1]);
    assert.deepEqual(machine.values, { old: 'value' });
    assert.equal((await undo(id, { staleSince: 0 }, account)).skipped, 1);
    assert.deepEqual([machine.values, await account.journals.list()], [{ old: 'value' }, []]);
  });

  it('tells what it did where an account is out of reach once the new name is gone', async () => {
    const account = machine.window('account', { kind: 'reviews' });
    machine.put('old', 'value');
    const id = await rename();
    const { store } = account;
    const [deleteMany, getMany] = [store.deleteMany.bind(store), store.getMany.bind(store)];
    let isOffline = false;
    store.deleteMany = async (...args) => {
      const outcome = await deleteMany(...args);
      isOffline = true;
      return outcome;
    };
    store.getMany = async function* (...args) {
      if (isOffline) throw new KvError('offline', 'Out of reach.');
      yield* getMany(...args);
    };
    const { done, removed, failed, renamedBack } = await undo(id, { staleSince: 0 }, account);
    assert.deepEqual(
      failed.map(({ key, error, uncertain }) => [key, error.kind, uncertain]),
      [['old', 'offline', true]],
    );
    assert.deepEqual([done, removed, renamedBack], [1, 1, { from: 'new', to: 'old' }]);
    assert.deepEqual(machine.values, { old: 'value' });
    isOffline = false;
    assert.deepEqual(await account.written(id), [
      ['new', 'no'],
      ['old', 'yes'],
    ]);
    assert.equal((await undo(id, { staleSince: 0 }, account)).skipped, 1);
    assert.deepEqual([machine.values, await account.journals.list()], [{ old: 'value' }, []]);
  });

  for (const [lost, left] of [
    ['new', ['new', 'old']],
    ['old', ['new']],
  ] as const) {
    it(`loses nothing where what was kept of the ${lost} name cannot be read`, async () => {
      const text = 'x'.repeat(500_000);
      machine.put('old', text);
      const id = await rename();
      const [path = ''] = machine.files.paths;
      const journal = machine.files.peek(path);
      machine.files.clear();
      await mkdir(machine.folder, { recursive: true });
      await appendFile(path, journal.replace(`{"key":"${lost}"`, '#'));
      for (let time = 0; time < 2; time++) {
        await assert.rejects(undo(id), (error) => isDamagedJournal(error));
        assert.deepEqual(machine.values, Object.fromEntries(left.map((key) => [key, text])));
      }
    });
  }

  it('says that the former name was given back before, and lets go, where it has changed since', async () => {
    machine.put('old', 'value');
    const id = await rename();
    machine.fates = ['answered', 'refused'];
    await undo(id);
    machine.ground.entries.delete('old');
    const { changed, failed } = await undo(id);
    assert.deepEqual([changed, machine.values], [['new'], { new: 'value' }]);
    assert.match(
      failed[0]?.error.message ?? '',
      /^“new” stays as it is: “old” was given back before, and has changed since\.$/,
    );
    assert.deepEqual(await window.journals.list(), []);
  });

  it('keeps what the rename wrote over where the former name has changed since it was given back', async () => {
    machine.put('old', 'value');
    machine.put('new', 'other');
    const id = await rename(true);
    machine.fates = ['answered', 'refused'];
    await undo(id);
    machine.ground.entries.delete('old');
    const { failed } = await undo(id);
    assert.deepEqual(machine.values, { new: 'value' });
    assert.match(failed[0]?.error.message ?? '', /Copy “new” to “old” and undo again/);
    machine.put('old', 'value');
    assert.equal((await undo(id)).done, 1);
    assert.deepEqual([machine.values, await window.journals.list()], [{ new: 'other', old: 'value' }, []]);
  });

  it('keeps the journal where the former name, which was given back before, cannot be read', async () => {
    machine.put('old', 'value');
    const id = await rename();
    machine.fates = ['answered', 'refused'];
    await undo(id);
    const getMany = window.store.getMany.bind(window.store);
    window.store.getMany = async function* (keys, signal, onUnread) {
      onUnread?.({ key: 'old', error: new KvError('server', 'unreadable') });
      yield* getMany(
        keys.filter((key) => key !== 'old'),
        signal,
      );
    };
    assert.deepEqual([(await undo(id)).changed, machine.values], [['new'], { new: 'value', old: 'value' }]);
    assert.ok(await window.journals.find(id));
  });
});

/** All orders of these. */
function ordersOf(all: readonly number[]): readonly (readonly number[])[] {
  if (all.length < 2) return [all];
  return all.flatMap((one) => ordersOf(all.filter((other) => other !== one)).map((rest) => [one, ...rest]));
}
