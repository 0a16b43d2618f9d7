import assert from 'node:assert/strict';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { isKvError, KvError } from '../../../src/core/base/errors.ts';
import { Changes } from '../../../src/core/change/changes.ts';
import { isDamagedJournal } from '../../../src/core/change/journal/errors.ts';
import { type UndoOptions, undoChange } from '../../../src/core/change/undo/undoChange.ts';
import { type KvEntry, nowSeconds } from '../../../src/core/entry/entry.ts';
import { entryDigest } from '../../../src/core/entry/entryDigest.ts';
import { readOnly } from '../../../src/core/store/wrappers/readOnly.ts';
import {
  becoming,
  entry,
  type Machine,
  type MachineWindow,
  operation,
  useMachine,
} from '../../support/journalWindow.ts';

const NOW = 1_800_000_000;

describe('taking a change back', () => {
  let machine: Machine;
  let window: MachineWindow;
  useMachine((made, first) => {
    [machine, window] = [made, first];
  });

  /** Makes every key what `after` says, or deletes it; the id of the journal. */
  const change = async (after: Readonly<Record<string, string | undefined>>, rest: object = {}): Promise<string> => {
    machine.now += 1000;
    const step = (key: string) => {
      const text = after[key];
      return text === undefined ? 'delete' : { entry: entry(key, text) };
    };
    const { undo } = await window.changes.run(operation('import'), becoming(step, Object.keys(after)), rest);
    return undo ?? '';
  };
  const undo = async (id: string, rest: UndoOptions = {}, by = window) =>
    await by.undo(id, { now: () => NOW, ...rest });

  it('restores what was deleted, overwritten and added, and lets go of the journal', async () => {
    machine.put('a', 'A', { metadata: { x: [1] }, expiration: NOW + 100 });
    machine.put('b', 'B', { metadata: 0 });
    machine.put('d', 'untouched');
    const before = new Map(machine.ground.entries);
    const id = await change({ a: undefined, b: 'new', c: 'added' });
    assert.deepEqual(await undo(id), {
      done: 3,
      removed: 1,
      skipped: 0,
      failed: [],
      cancelled: false,
      expired: [],
      changed: [],
    });
    assert.deepEqual(new Map([...machine.ground.entries].sort()), before);
    assert.equal(await window.journals.find(id), undefined);
  });

  describe('says which keys a later change covers', () => {
    const failing = (code: string, isMeant: (call: string, path: string) => boolean): void => {
      machine.files.options = {
        ...machine.files.options,
        before: (call, path) => {
          if (isMeant(call, path)) throw Object.assign(new Error(code), { code });
        },
      };
    };

    it('and nothing of what somebody else has written', async () => {
      machine.put('a', 'A');
      machine.put('b', 'B');
      const id = await change({ a: '1', b: '1' });
      await change({ a: '2' });
      machine.put('b', 'theirs');
      const { changed, covered } = await undo(id);
      assert.deepEqual([changed, covered], [['a', 'b'], ['a']]);
    });

    for (const [where, isBooted, countsTicks] of [
      ['of another window', false, false],
      ['of an earlier boot', true, true],
    ] as const) {
      it(`and nothing of an older change ${where} that has made the same`, async () => {
        machine.countsTicks = countsTicks;
        machine.put('a', 'w');
        await change({ a: undefined });
        machine.put('a', 'v');
        if (isBooted) [machine.boot, machine.ticks] = ['another', 0];
        window = machine.window('two');
        const id = await change({ a: 'y' });
        machine.ground.entries.delete('a');
        const { changed, covered } = await undo(id);
        assert.deepEqual([changed, covered], [['a'], undefined]);
        assert.ok(await window.journals.find(id));
      });

      it(`and those of a later change ${where}, by the clock`, async () => {
        machine.countsTicks = countsTicks;
        machine.put('a', 'w');
        const id = await change({ a: 'y' });
        if (isBooted) [machine.boot, machine.ticks] = ['another', 0];
        window = machine.window('two');
        await change({ a: undefined });
        assert.deepEqual((await undo(id)).covered, ['a']);
      });
    }

    it('and nothing that a later change has perhaps not written', async () => {
      machine.put('a', 'A');
      const id = await change({ a: '1' });
      await window.journals
        .begin(operation('import'), { isDurable: true })
        .then((begun) => begun.keep([{ key: 'a', before: entry('a', '1'), after: entryDigest(entry('a', '2')) }]));
      machine.alive.delete('one');
      window = machine.window('two');
      machine.put('a', '2');
      assert.equal((await undo(id)).covered, undefined);
      assert.ok(await window.journals.find(id));
    });

    it('and nothing only because another journal cannot be read', async () => {
      machine.put('a', 'A');
      machine.put('other', 'A');
      const other = await change({ other: '1' });
      const id = await change({ a: '1' });
      machine.put('a', 'theirs');
      failing('EIO', (call, path) => call === 'open' && path.includes(other));
      const { changed, covered } = await undo(id);
      assert.deepEqual([changed, covered], [['a'], undefined]);
      assert.ok(await window.journals.find(id));
    });

    it('and nothing only because the disk is full', async () => {
      machine.put('a', 'A');
      const { undo: id = '' } = await window.changes.one(operation('save'), {
        key: 'a',
        decide: () => ({ entry: entry('a', '1') }),
      });
      machine.put('a', 'theirs');
      machine.files.options = { ...machine.files.options, room: () => 0 };
      const { changed, covered } = await undo(id);
      assert.deepEqual([changed, covered], [['a'], undefined]);
      assert.ok(await window.journals.find(id));
    });
  });

  describe('counts the keys that can still be taken back', () => {
    const keys = Array.from({ length: 8 }, (_, at) => `k${at}`);
    const limits = { items: 2, bytes: 1e9 };
    const texts = (text: string | undefined) => Object.fromEntries(keys.map((key) => [key, text]));
    const counts = async (id: string, { journals } = window) => {
      const info = await journals.find(id);
      return info && [info.keys, info.uncertain];
    };
    /** Stops after so many keys. */
    const stopping = (after: number) => {
      const stop = new AbortController();
      const report = (done: number): void => {
        if (done >= after) stop.abort();
      };
      return { limits, signal: stop.signal, report };
    };
    /** In the only file, which stays as old as it was. */
    const replace = async (text: string | RegExp, by: string): Promise<void> => {
      const [path = ''] = machine.files.paths;
      const old = machine.files.peek(path);
      assert.notEqual(old.replace(text, by), old);
      await rm(path);
      await appendFile(path, old.replace(text, by));
    };
    const work = { command: 'importKeys', args: {}, title: 'Importing', total: keys.length };

    it('when it was taken back in part, however often', async () => {
      for (const key of keys) machine.put(key, 'A');
      const id = await change(texts(undefined));
      const seen = [];
      for (let times = 0; times < 3; times++) {
        await undo(id, stopping(2));
        seen.push(await counts(id));
      }
      assert.deepEqual(seen, [
        [6, 0],
        [4, 0],
        [2, 0],
      ]);
      assert.deepEqual(await counts(id, machine.window('two')), [2, 0]);
    });

    it('when its process was gone before it ended', async () => {
      const begun = await window.journals.begin(operation('import'), { isDurable: true });
      await begun.keep(keys.map((key) => ({ key, after: entryDigest(entry(key, '1')) })));
      for (const key of keys) machine.put(key, '1');
      machine.alive.delete('one');
      window = machine.window('two');
      await undo(begun.id, stopping(2));
      assert.deepEqual(await counts(begun.id), [6, 6]);
    });

    it('once each when the work was started over, also in files of earlier versions', async () => {
      const earlier = await change(texts('1'), { work, ...stopping(4) });
      assert.equal(await change(texts('2'), { work: { ...work, since: 5 }, earlier }), earlier);
      assert.deepEqual(await counts(earlier), [8, 0]);
      await replace(/\{"end":"whole".*\n/, '{"end":"whole"}\n');
      assert.deepEqual(await counts(earlier), [8, 0]);
      await undo(earlier, stopping(2));
      assert.deepEqual(await counts(earlier), [6, 0]);
    });

    it('without reading it again when nothing was added', async () => {
      const id = await change(texts('1'));
      await window.journals.noteUndone(id, ['k0']);
      assert.deepEqual(await counts(id), [7, 0]);
      await replace('"k0"', '"k9"');
      assert.deepEqual(await counts(id), [7, 0]);
      assert.deepEqual(await counts(id, machine.window('two')), [8, 0]);
      await window.journals.noteUndone(id, ['k1', 'k2']);
      assert.deepEqual(await counts(id), [6, 0]);
    });

    it('as many as were recorded when a part of it cannot be read', async () => {
      const id = await change(texts('1'));
      await replace('{"key":"k0"', '{"');
      await window.journals.noteUndone(id, ['k1']);
      assert.deepEqual(await counts(id), [8, 0]);
    });
  });

  it('names what expired and never writes it without its end', async () => {
    const ends: Readonly<Record<string, Partial<KvEntry>>> = {
      gone: { expiration: NOW - 1 },
      short: { expiration: NOW + 59 },
      long: { expiration: NOW + 60 },
    };
    for (const [key, end] of Object.entries(ends)) machine.put(key, 'x', end);
    const id = await change({ gone: undefined, short: undefined, long: undefined });
    const outcome = await undo(id);
    assert.deepEqual(outcome.expired, ['gone', 'short']);
    assert.ok(outcome.failed.every(({ error }) => error.kind === 'invalidInput'));
    assert.deepEqual(machine.values, { long: 'x' });
    assert.equal(await window.journals.find(id), undefined);
  });

  it('leaves alone what somebody else changed since, lets go, and the older one is next', async () => {
    machine.put('a', 'first');
    machine.put('b', 'first');
    const older = await change({ b: 'second' });
    const newer = await change({ a: 'second', b: 'third' });
    machine.put('a', 'theirs');
    const outcome = await undo(newer);
    assert.deepEqual([outcome.done, outcome.changed], [1, ['a']]);
    assert.match(outcome.failed[0]?.error.message ?? '', /“a” was not restored/);
    assert.deepEqual(
      (await window.journals.list()).map(({ id }) => id),
      [older],
    );
  });

  it('keeps what a later change of ours still covers, and does nothing twice', async () => {
    machine.put('a', 'first');
    machine.put('b', 'first');
    const older = await change({ a: 'second', b: undefined });
    const newer = await change({ a: 'third' });
    assert.deepEqual((await undo(older)).changed, ['a']);
    assert.deepEqual(machine.values, { a: 'third', b: 'first' });
    // It is deleted once more, by somebody else: not what the older change did.
    machine.ground.entries.delete('b');
    await undo(newer);
    assert.equal((await undo(older)).done, 1);
    assert.deepEqual(machine.values, { a: 'first' });
    assert.deepEqual(await window.journals.list(), []);
  });

  it('is not followed by what later changes had made of a key that came back meanwhile', async () => {
    machine.put('a', 'first');
    const oldest = await change({ a: undefined });
    const middle = await change({ a: 'first' });
    const newest = await change({ a: undefined });
    assert.equal((await undo(oldest)).done, 1);
    assert.deepEqual(machine.values, { a: 'first' });
    for (const id of [newest, middle]) assert.equal((await undo(id)).done, 0);
    assert.deepEqual(machine.values, { a: 'first' });
    assert.deepEqual(await window.journals.list(), []);
  });

  it('leaves alone what the operation never wrote', async () => {
    machine.put('skipped', 'old');
    const steps = becoming((key) => (key === 'skipped' ? 'skip' : { entry: entry(key, 'new') }), ['skipped', 'new']);
    const { undo: id = '', skipped } = await window.changes.run(operation('import'), steps);
    assert.equal(skipped, 1);
    machine.put('skipped', 'new');
    assert.equal((await undo(id)).done, 1);
    assert.deepEqual(machine.values, { skipped: 'new' });
  });

  it('does not speak of keys that were certainly not written', async () => {
    machine.fates = ['answered', 'refused'];
    const id = await change({ a: 'new', b: 'new', c: 'new' }, { limits: { items: 2, bytes: 100 } });
    machine.put('c', 'theirs');
    const outcome = await undo(id);
    assert.deepEqual([outcome.done, outcome.skipped, outcome.failed], [2, 0, []]);
  });

  it('writes what seems to be as it was, where that may be an old reading', async () => {
    machine.put('a', 'old');
    const id = await change({ a: 'new', b: 'new' });
    machine.put('a', 'old');
    machine.ground.entries.delete('b');
    const outcome = await undo(id, { staleSince: machine.now - 1000 });
    assert.deepEqual([outcome.done, outcome.skipped, outcome.removed], [0, 2, 0]);
    assert.deepEqual(
      machine.ground.log.slice(-2).map(({ key, after }) => [key, after !== undefined]),
      [
        ['a', true],
        ['b', false],
      ],
    );
  });

  it('takes for settled what was written longer ago, and not what a later start of the same work has written', async () => {
    const work = { command: 'importKeys', args: {}, title: 'Importing', total: 2 };
    machine.put('a', 'old');
    machine.put('b', 'old');
    const id = await change({ a: 'new' }, { work });
    machine.now += 86_400_000;
    await change({ b: 'new' }, { work, earlier: id });
    // What another window is shown, for a minute.
    machine.put('a', 'old');
    machine.put('b', 'old');
    const before = machine.ground.log.length;
    await undo(id, { staleSince: machine.now - 3_600_000 });
    assert.deepEqual(
      machine.ground.log.slice(before).map(({ key }) => key),
      ['b'],
    );
  });

  it('gives back what was there before an entry that has ended by itself since', async () => {
    machine.put('a', 'old');
    machine.put('deleted', 'old');
    const ending = (key: string) => ({ entry: entry(key, 'short', { expiration: NOW - 5 }) });
    const step = (key: string) =>
      key === 'deleted' ? { entry: entry(key, 'x', { expiration: NOW + 5 }) } : ending(key);
    const { undo: id = '' } = await window.changes.run(operation('import'), becoming(step, ['a', 'added', 'deleted']));
    const single = await window.changes.one(operation('save'), { key: 'a', decide: () => ending('a') });
    for (const key of ['a', 'added', 'deleted']) machine.ground.entries.delete(key);
    // The save has made it what it is, and the import what that found: both are over.
    const outcome = await undo(id);
    assert.deepEqual([outcome.done, outcome.skipped, outcome.changed], [1, 1, ['deleted']]);
    assert.deepEqual(machine.values, { a: 'old' });
    assert.ok(single.undo);
  });

  it('keeps what a later change covers, where one between them was perhaps written', async () => {
    const older = await change({ a: 'made' });
    machine.fates = ['lostBefore'];
    const uncertain = await change({ a: undefined });
    // It was, a while later: the third one finds nothing.
    machine.ground.entries.delete('a');
    const newer = await change({ a: 'anew' });
    assert.deepEqual((await undo(older)).changed, ['a']);
    await undo(newer);
    await undo(uncertain);
    assert.deepEqual(machine.values, { a: 'made' });
    assert.equal((await undo(older)).removed, 1);
    assert.deepEqual([machine.values, await window.journals.list()], [{}, []]);
  });

  it('keeps what a later change covers that has ended by itself since', async () => {
    machine.put('a', 'first');
    const older = await change({ a: 'second' });
    machine.now += 1000;
    const step = (key: string) => ({ entry: entry(key, 'short', { expiration: NOW - 5 }) });
    const { undo: newer = '' } = await window.changes.run(operation('import'), becoming(step, ['a']));
    machine.ground.entries.delete('a');
    assert.deepEqual((await undo(older)).changed, ['a']);
    assert.equal((await undo(newer)).done, 1);
    assert.equal((await undo(older)).done, 1);
    assert.deepEqual(machine.values, { a: 'first' });
  });

  it('keeps what a later change still covers where the clock was set back meanwhile', async () => {
    machine.put('a', 'first');
    machine.put('b', 'first');
    machine.onTravel = () => {
      machine.now += 60_000;
    };
    const older = await change({ b: 'second', a: 'second' }, { limits: { items: 1, bytes: 100 } });
    machine.onTravel = () => {};
    machine.now -= 3_600_000;
    const { undo: newer = '' } = await window.changes.one(operation('save'), {
      key: 'a',
      decide: () => ({ entry: entry('a', 'third') }),
    });
    assert.deepEqual((await undo(older)).changed, ['a']);
    await undo(newer);
    assert.equal((await undo(older)).done, 1);
    assert.deepEqual(machine.values, { a: 'first', b: 'first' });
  });

  it('keeps what another window has changed since, though the clock was set back before that was opened', async () => {
    machine.countsTicks = true;
    machine.put('a', 'first');
    const older = await change({ a: 'second' });
    machine.now -= 3_600_000;
    const other = machine.window('two');
    await other.changes.one(operation('save'), { key: 'a', decide: () => ({ entry: entry('a', 'third') }) });
    const [newest] = await window.journals.list();
    assert.equal(newest?.kind, 'save');
    assert.deepEqual((await undo(older)).changed, ['a']);
    await undo(newest?.id ?? '');
    assert.equal((await undo(older)).done, 1);
    assert.deepEqual([machine.values, await window.journals.list()], [{ a: 'first' }, []]);
  });

  it('says what it did where that cannot be noted, and does no harm a second time', async () => {
    machine.put('a', 'first');
    machine.put('b', 'first');
    const id = await change({ a: 'second', b: 'second' });
    const single = await window.changes.one(operation('save'), {
      key: 'c',
      decide: () => ({ entry: entry('c', 'new') }),
    });
    machine.fates = ['answered', 'refused'];
    machine.files.options = { ...machine.files.options, room: () => 0 };
    const outcome = await undo(id, { limits: { items: 1, bytes: 100 } });
    assert.deepEqual([outcome.done, outcome.failed.map(({ key }) => key)], [1, ['b']]);
    assert.equal((await undo(single.undo ?? '')).removed, 1);
    machine.files.options = { clock: () => machine.now };
    assert.equal((await undo(id)).done, 1);
    assert.equal((await undo(single.undo ?? '')).skipped, 1);
    assert.deepEqual([machine.values, await window.journals.list()], [{ a: 'first', b: 'first' }, []]);
  });

  it('keeps what another window has changed meanwhile, though that has made the key what it was before', async () => {
    machine.countsTicks = true;
    const [one, two] = ['first', 'second'].map((session) => machine.window(session, { kind: 'reviews' }));
    assert.ok(one && two);
    const made = becoming(() => ({ entry: entry('a', 'made') }), ['a']);
    const { undo: id = '' } = await one.changes.run(operation('import'), made);
    const kept = Promise.withResolvers<void>();
    const decided = Promise.withResolvers<void>();
    const { put } = two.store;
    two.store.put = async (...given) => {
      kept.resolve();
      await decided.promise;
      return await put.apply(two.store, given);
    };
    const saving = two.changes.one(operation('save'), { key: 'a', decide: () => ({ entry: entry('a', 'theirs') }) });
    await kept.promise;
    const { deleteMany } = one.store;
    one.store.deleteMany = async (...given) => {
      decided.resolve();
      await saving;
      await two.changes.one(operation('delete'), { key: 'a', decide: () => 'delete' });
      return await deleteMany.apply(one.store, given);
    };
    await undo(id, {}, one);
    assert.deepEqual(machine.values, {});
    const seen: unknown[] = [];
    for (const { kind, id } of await one.journals.list()) {
      await undo(id, {}, two);
      seen.push([kind, machine.values]);
    }
    assert.deepEqual(seen, [
      ['delete', { a: 'theirs' }],
      ['save', { a: 'made' }],
      ['import', {}],
    ]);
    assert.deepEqual(await one.journals.list(), []);
  });

  it('is noted where its work goes on in another window meanwhile', async () => {
    const work = { command: 'importKeys', args: {}, title: 'Importing', total: 2 };
    machine.put('a', 'old');
    const id = await change({ a: 'new' }, { work });
    const left = (await window.journals.list())[0];
    assert.ok(left);
    const other = machine.window('two');
    let resumed: Promise<{ end(how: 'left'): Promise<void> }> | undefined;
    machine.onTravel = async () => {
      resumed ??= other.journals.begin(operation('import'), { isDurable: false, work, earlier: id });
      await resumed;
    };
    assert.equal((await undoChange(left, window, { now: () => NOW })).done, 1);
    machine.onTravel = () => {};
    await (await resumed)?.end('left');
    // Somebody writes the same: that is not what the work did.
    machine.put('a', 'new');
    const again = await window.journals.find(id);
    assert.ok(again);
    assert.equal((await undo(id)).done, 0);
    assert.deepEqual(machine.values, { a: 'new' });
  });

  it('follows several starts of the same work back to before the first', async () => {
    const work = { command: 'importKeys', args: {}, title: 'Importing', total: 2 };
    machine.put('a', 'old');
    const first = await change({ a: 'one', b: 'one' }, { work });
    const second = await change({ a: 'two', b: 'two' }, { work, earlier: first });
    assert.equal(second, first);
    assert.equal((await undo(first)).done, 2);
    assert.deepEqual(machine.values, { a: 'old' });
  });

  it('gives back what somebody wrote between two starts, and names it', async () => {
    const work = { command: 'importKeys', args: {}, title: 'Importing', total: 1 };
    machine.put('a', 'old');
    const id = await change({ a: 'one' }, { work });
    machine.put('a', 'theirs');
    await change({ a: 'two' }, { work, earlier: id });
    const outcome = await undo(id);
    assert.deepEqual([outcome.done, outcome.changed, machine.values], [0, ['a'], { a: 'theirs' }]);
  });

  it('is done once at a time, and by one window where its operation goes on in another', async () => {
    const id = await change({ a: 'new' });
    const results = await Promise.allSettled([undo(id), undo(id)]);
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.ok(results.every((one) => one.status === 'fulfilled' || isKvError(one.reason, 'busy')));
  });

  it('stops, says so, and goes on later', async () => {
    const keys = Array.from({ length: 10 }, (_, i) => `k${i}`);
    const id = await change(Object.fromEntries(keys.map((key) => [key, 'new'])));
    const cancelled = new AbortController();
    const limits = { items: 2, bytes: 100 };
    const report = (done: number) => done >= 4 && cancelled.abort();
    const outcome = await undo(id, { limits, report, signal: cancelled.signal });
    assert.deepEqual([outcome.cancelled, outcome.done], [true, 4]);
    assert.equal((await undo(id, { limits })).done, 6);
    assert.deepEqual(machine.values, {});
  });

  it('keeps the journal of what a store refuses, from the first on too', async () => {
    const id = await change({ a: 'new', b: 'new', c: 'new' });
    machine.fates = ['answered', 'refused'];
    const outcome = await undo(id, { limits: { items: 2, bytes: 100 } });
    assert.deepEqual([outcome.done, outcome.failed.map(({ key }) => key)], [2, ['c']]);
    machine.fates = ['refused'];
    const refused = await undo(id);
    assert.deepEqual([refused.done, refused.failed.map(({ error }) => error.kind)], [0, ['forbidden']]);
    assert.equal((await undo(id)).done, 1);
    assert.deepEqual([machine.values, await window.journals.list()], [{}, []]);
  });

  it('keeps its way back where another window has written what was there, between its keeping and its writing', async () => {
    machine.countsTicks = true;
    machine.put('a', 'first');
    const other = machine.window('two', { pid: 2 });
    const put = await change({ a: 'put' });
    let same: string | undefined;
    machine.onTravel = async () => {
      const [newest] = await window.journals.list();
      if (newest?.id === put || newest?.keys !== 1) return;
      machine.onTravel = () => {};
      const outcome = await other.changes.run(
        operation('import'),
        becoming(() => ({ entry: entry('a', 'put') }), ['a']),
      );
      same = outcome.undo;
    };
    const deleted = await change({ a: undefined });
    const last = await change({ a: 'last' });
    assert.ok(same !== undefined && machine.values.a === 'last');
    const values: unknown[] = [];
    for (const id of [deleted, last, deleted, same, put]) {
      const { done } = await undo(id);
      values.push([done, machine.values.a]);
    }
    assert.deepEqual(values, [
      [0, 'last'],
      [1, undefined],
      [1, 'put'],
      [0, 'put'],
      [1, 'first'],
    ]);
    assert.deepEqual(await window.journals.list(), []);
  });

  it('is refused where its work is gone on with since it was looked at', async () => {
    const work = { command: 'importKeys', args: {}, title: 'Importing', total: 2 };
    const id = await change({ a: 'new' }, { work });
    const other = machine.window('two', { pid: 2 });
    const { reader } = window.journals;
    window.journals.reader = async (asked) => {
      const lines = await reader.call(window.journals, asked);
      await other.journals.begin(operation('import'), { isDurable: false, work, earlier: id });
      return lines;
    };
    await assert.rejects(undo(id), (error) => isKvError(error, 'busy'));
    assert.deepEqual(machine.values, { a: 'new' });
  });

  describe('of an account of which the clock', () => {
    const ahead = 3600;
    /** Makes the store one with a clock that is behind that of this machine; known by its first answer, or never. */
    const behind = (isKnownBy: 'its answers' | 'nothing'): number => {
      const server = nowSeconds() - ahead;
      let isKnown = false;
      const clock = {
        now: () => (isKnown ? server : server + ahead),
        get isKnown() {
          return isKnown;
        },
      };
      Object.assign(window.store, { clock });
      machine.onTravel = () => {
        isKnown = isKnownBy === 'its answers';
      };
      return server;
    };

    it('differs: judges by that how long a key has to live', async () => {
      const expiration = behind('its answers') + 1800;
      machine.put('k', 'precious', { expiration });
      machine.put('short', 'x', { expiration: expiration - 1800 + 59 });
      const id = await change({ k: undefined, short: undefined });
      const { done, expired } = await window.undo(id);
      assert.deepEqual([done, expired], [1, ['short']]);
      assert.equal(machine.ground.entries.get('k')?.expiration, expiration);
      assert.deepEqual([machine.values, await window.journals.list()], [{ k: 'precious' }, []]);
    });

    for (const lines of ['one line', 'several lines']) {
      it(`differs: knows by that whether what was written has ended, of a key with ${lines}`, async () => {
        const expiration = nowSeconds() - 1800;
        machine.put('k', 'before');
        const work = { command: 'importKeys', args: {}, title: 'Importing', total: 1 };
        const write = async (text: string, rest: object) =>
          await window.changes.run(
            operation('import'),
            becoming(() => ({ entry: entry('k', text, { expiration }) }), ['k']),
            { work, ...rest },
          );
        let { undo: id = '' } = await write('one', {});
        if (lines !== 'one line') ({ undo: id = '' } = await write('two', { earlier: id }));
        behind('its answers');
        // It has half an hour to live: somebody has deleted it.
        machine.ground.entries.clear();
        assert.deepEqual((await window.undo(id)).changed, ['k']);
        assert.deepEqual(machine.values, {});
      });
    }

    it('is not known: lets go of nothing that seems to have expired', async () => {
      const expiration = behind('nothing') + 1800;
      machine.put('k', 'precious', { expiration });
      const id = await change({ k: undefined });
      assert.deepEqual((await window.undo(id)).expired, ['k']);
      assert.ok(await window.journals.find(id));
      behind('its answers');
      assert.equal((await window.undo(id)).done, 1);
      assert.deepEqual([machine.values, await window.journals.list()], [{ k: 'precious' }, []]);
    });

    it('is not known: lets go of nothing that seems to be deleted, and may have ended', async () => {
      machine.put('k', 'before');
      const expiration = nowSeconds() + 1800;
      const becomes = () => ({ entry: entry('k', 'after', { expiration }) });
      const { undo: id = '' } = await window.changes.run(operation('put'), becoming(becomes, ['k']));
      behind('nothing');
      machine.ground.entries.clear();
      assert.deepEqual((await window.undo(id)).changed, ['k']);
      // It was the machine's clock that was behind.
      const clock = { now: () => expiration, isKnown: true };
      Object.assign(window.store, { clock });
      assert.equal((await window.undo(id)).done, 1);
      assert.deepEqual(machine.values, { k: 'before' });
    });
  });

  it('gives back what stands around damage in a journal whose process broke down, says so, and keeps it', async () => {
    for (const key of ['a', 'b', 'c']) machine.put(key, key.toUpperCase());
    const dying = machine.window('dying', { pid: 2 });
    const writer = await dying.journals.begin(operation('delete'), { isDurable: false });
    const lineOf = (key: string) => ({ key, before: { value: entry(key, key.toUpperCase()).value } });
    await writer.keep(['a', 'b', 'c'].map(lineOf));
    machine.ground.entries.clear();
    machine.alive.delete('dying');
    const path = machine.files.paths.find((one) => one.includes(writer.id)) ?? '';
    const text = machine.files.peek(path);
    machine.files.clear();
    await mkdir(machine.folder, { recursive: true });
    await appendFile(path, text.replace(/^.*"key":"b".*$/m, '\0'.repeat(40)));
    await assert.rejects(undo(writer.id), (error) => isKvError(error, 'server') && /damaged/.test(error.message));
    assert.deepEqual(machine.values, { a: 'A', c: 'C' });
    assert.ok(await window.journals.find(writer.id));
  });

  /** Damages the line of a key, or the mark behind it, in the file of a journal. */
  const damage = async (line: RegExp, by: string): Promise<void> => {
    const [path = ''] = machine.files.paths;
    const text = machine.files.peek(path);
    assert.match(text, line);
    machine.files.clear();
    await mkdir(machine.folder, { recursive: true });
    await appendFile(path, text.replace(line, by));
  };
  const isDamage = (error: unknown): boolean => isKvError(error, 'server') && /damaged/.test(error.message);

  for (const lost of ['c', 'd', 'f']) {
    for (const by of ['#', '{"key":"c","bef', '']) {
      it(`gives back all but the key “${lost}” of which the line is “${by}”, and nothing again`, async () => {
        const keys = [...'abcdef'];
        for (const key of keys) machine.put(key, 'before');
        const after = Object.fromEntries(keys.map((key) => [key, 'after']));
        const id = await change(after, { limits: { items: 3, bytes: 1e6 } });
        await damage(new RegExp(`^.*"key":"${lost}".*$`, 'm'), by);
        await assert.rejects(undo(id), isDamage);
        const values = Object.fromEntries(keys.map((key) => [key, key === lost ? 'after' : 'before']));
        assert.deepEqual(machine.values, values);
        const now = { ...machine.values, a: 'after', e: 'after' };
        for (const key of ['a', 'e']) machine.put(key, 'after');
        for (let time = 0; time < 2; time++) {
          await assert.rejects(undo(id), (error) => isDamagedJournal(error) && error.isSpent);
          assert.deepEqual(machine.values, now);
        }
        assert.ok(await window.journals.find(id));
      });
    }
  }

  it('gives back what two batches have written where the mark of the first cannot be read', async () => {
    for (const key of ['a', 'b', 'c', 'd']) machine.put(key, 'before');
    machine.fates = ['answered', 'refused'];
    const id = await change({ a: 'after', b: 'after', c: 'after', d: 'after' }, { limits: { items: 2, bytes: 1e6 } });
    machine.put('c', 'after');
    await damage(/^\{"mark".*$/m, '#');
    await assert.rejects(undo(id), isDamage);
    assert.deepEqual(machine.values, { a: 'before', b: 'before', c: 'after', d: 'before' });
  });

  it('says that a journal is damaged and what could not be written besides, and goes on later', async () => {
    for (const key of ['a', 'b', 'c']) machine.put(key, 'before');
    const id = await change({ a: 'after', b: 'after', c: 'after' });
    await damage(/^.*"key":"b".*$/m, '#');
    machine.fates = ['refused'];
    await assert.rejects(undo(id), (error) => isDamage(error) && !(isDamagedJournal(error) && error.isSpent));
    await assert.rejects(undo(id), isDamage);
    assert.deepEqual(machine.values, { a: 'before', b: 'after', c: 'before' });
  });

  it('notes what it did where the journal cannot be read to its end', async () => {
    for (const key of ['a', 'b']) machine.put(key, 'before');
    const id = await change({ a: 'after', b: 'after' });
    const { reader } = window.journals;
    window.journals.reader = async (asked) => {
      const lines = await reader.call(window.journals, asked);
      let times = 0;
      return async function* () {
        const isSecond = ++times === 2;
        for await (const line of lines()) {
          if (isSecond && line.key === 'b') throw new KvError('server', 'It cannot be read.');
          yield line;
        }
      };
    };
    await assert.rejects(undo(id), /It cannot be read. Before that, 1 key had been written/);
    window.journals.reader = reader;
    assert.deepEqual(await window.written(id), [
      ['a', 'no'],
      ['b', 'yes'],
    ]);
  });

  it('keeps its way back behind protection, too, where another window makes a key what it was', async () => {
    const [one, two] = ['first', 'second'].map((session) => machine.window(session, { kind: 'reviews' }));
    assert.ok(one && two);
    const guarded = new Changes({
      journals: one.journals,
      locks: one.locks,
      timing: { sleep: async () => {} },
      storeOf: async () => readOnly(one.store, () => undefined),
    });
    machine.put('k', 'a');
    const becomes = (text: string) => becoming((key) => ({ entry: entry(key, text) }), ['k']);
    const { undo: id = '' } = await guarded.run(operation('import'), becomes('b'));
    machine.now += 1000;
    let travels = 0;
    machine.onTravel = async () => {
      if (++travels !== 2) return;
      machine.onTravel = () => {};
      await two.changes.run(operation('import'), becomes('a'));
    };
    const info = await one.journals.find(id);
    assert.ok(info);
    await undoChange(info, { journals: one.journals, changes: guarded }, { now: () => NOW });
    assert.ok(await one.journals.find(id));
  });
});
