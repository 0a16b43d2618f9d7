import assert from 'node:assert/strict';
import { isKvError, KvError, type KvErrorKind } from '../../../src/core/base/errors.ts';
import { Changes, type SingleOptions } from '../../../src/core/change/changes.ts';
import { expirationChange } from '../../../src/core/change/expirationChange.ts';
import type { WriteOptions } from '../../../src/core/store/store.ts';
import { ForwardingStore } from '../../../src/core/store/wrappers/forwarding.ts';
import {
  becoming,
  each,
  entry,
  type Machine,
  type MachineWindow,
  operation,
  useMachine,
} from '../../support/journalWindow.ts';

const LIMITS = { items: 2, bytes: 1_000_000 };
const conflict = (error: unknown): boolean => isKvError(error, 'conflict');

const LATER = Math.floor(Date.UTC(2027, 0, 1) / 1000);

describe('changes', () => {
  let machine: Machine;
  let window: MachineWindow;
  useMachine((made, first) => {
    [machine, window] = [made, first];
  });

  const texts = (key: string) => ({ entry: entry(key, 'new') });
  const run = (keys: readonly string[], rest: object = {}) =>
    window.changes.run(operation('import'), becoming(texts, keys), { limits: LIMITS, ...rest });
  const journal = async () => (await window.journals.list())[0];
  const undo = async () => await window.undo((await journal())?.id ?? '');

  describe('of single keys', () => {
    const save = (text: string) =>
      window.changes.one(operation('save'), { key: 'a', decide: () => ({ entry: entry('a', text) }) });

    it('tell what was there, and can be taken back', async () => {
      machine.put('a', 'old', { metadata: { by: 'anna' }, expiration: 2_000_000_000 });
      const before = machine.ground.entries.get('a');
      const changed = await save('new');
      assert.deepEqual([changed.isWritten, changed.before], [true, before]);
      assert.equal(changed.undo, (await journal())?.id);
      assert.equal((await undo()).done, 1);
      assert.deepEqual(machine.ground.entries.get('a'), before);
      assert.deepEqual(await window.journals.list(), []);
    });

    it('of value and metadata at the same time lose neither', async () => {
      machine.put('a', 'old');
      await Promise.all([
        window.changes.one(operation('save'), {
          key: 'a',
          decide: (now) => ({ entry: entry('a', 'new', now?.metadata ? { metadata: now.metadata } : {}) }),
        }),
        window.changes.one(operation('save'), {
          key: 'a',
          decide: (now) => ({ entry: { ...(now ?? entry('a', '')), metadata: 'also new' } }),
        }),
      ]);
      assert.deepEqual(machine.ground.entries.get('a'), entry('a', 'new', { metadata: 'also new' }));
    });

    it('fail when the key moves between the read and the write, and leave nothing to take back', async () => {
      machine.onTravel = () => {
        if (machine.requests === 0) machine.put('a', `theirs ${++moves}`);
      };
      let moves = 0;
      await assert.rejects(save('new'), conflict);
      assert.match(machine.values.a ?? '', /theirs/);
      assert.deepEqual(await window.journals.list(), []);
    });

    it('count what was known a moment ago, unless the key was changed here since', async () => {
      machine.put('a', 'old');
      const known = async () => {
        const begunAt = performance.now();
        const found = await window.store.get('a');
        return { entries: new Map(found ? [['a', found]] : []), begunAt, readAt: performance.now() };
      };
      const seen: string[] = [];
      const change = {
        key: 'a',
        decide: (now: { readonly value: Uint8Array } | undefined) => {
          seen.push(Buffer.from(now?.value ?? []).toString());
          return { entry: entry('a', `new ${seen.length}`) };
        },
      };
      const old = await known();
      await window.changes.one(operation('save'), change, { known: old });
      await window.changes.one(operation('save'), change, { known: old });
      assert.deepEqual(seen, ['old', 'new 1']);
    });

    it('whose answer is lost are looked for, and told as done when they are', async () => {
      machine.fates = ['lostAfter'];
      assert.equal((await save('new')).isWritten, true);
      machine.fates = ['lostBefore'];
      await assert.rejects(save('newer'), (error) => isKvError(error) && error.uncertain === true);
      const info = await journal();
      assert.deepEqual([info?.uncertain, info?.keys], [1, 1]);
      // It was carried out after all.
      machine.put('a', 'newer');
      assert.equal((await undo()).done, 1);
      assert.deepEqual(machine.values, { a: 'new' });
    });

    it('are made without Undo where there is no room for it, unless it is required', async () => {
      machine.options.megabytes = 0;
      machine.put('a', 'old');
      assert.equal((await save('new')).undo, undefined);
      const options = { isKeepingRequired: true };
      const change = { key: 'a', decide: () => 'delete' as const };
      await assert.rejects(window.changes.one(operation('delete'), change, options), (error) =>
        isKvError(error, 'tooLarge'),
      );
      assert.deepEqual(machine.values, { a: 'new' });
      machine.options.megabytes = 100;
      machine.files.options = { ...machine.files.options, room: () => 0 };
      assert.equal((await save('newer')).undo, undefined);
      await assert.rejects(window.changes.one(operation('delete'), change, options), (error) =>
        isKvError(error, 'server'),
      );
      assert.deepEqual(machine.values, { a: 'newer' });
    });

    it('that are cancelled have written nothing', async () => {
      const cancelled = new AbortController();
      machine.onTravel = () => cancelled.abort();
      const change = { key: 'a', decide: () => ({ entry: entry('a', 'new') }) };
      await assert.rejects(window.changes.one(operation('put'), change, { signal: cancelled.signal }), (error) =>
        isKvError(error, 'cancelled'),
      );
      assert.deepEqual([machine.values, await window.journals.list()], [{}, []]);
    });
  });

  describe('of keys that belong together', () => {
    const rename = (isSame = false, options: SingleOptions = {}) =>
      window.changes.together(
        operation('rename'),
        [
          { key: 'to', decide: () => (isSame ? 'keep' : { entry: entry('to', 'value') }) },
          { key: 'from', after: 'to', decide: () => 'delete' },
        ],
        options,
      );
    beforeEach(() => machine.put('from', 'value'));

    it('happen in their order, and can be taken back', async () => {
      await rename();
      assert.deepEqual(machine.values, { to: 'value' });
      assert.equal((await undo()).done, 2);
      assert.deepEqual(machine.values, { from: 'value' });
    });

    it('leave the second one alone when the first was refused', async () => {
      machine.fates = ['refused'];
      await assert.rejects(rename(), (error) => isKvError(error, 'forbidden'));
      assert.deepEqual([machine.values, await window.journals.list()], [{ from: 'value' }, []]);
    });

    it('leave the second one alone while the first is uncertain, and go on when it is there', async () => {
      machine.fates = ['lostBefore'];
      await assert.rejects(rename());
      assert.deepEqual(machine.values, { from: 'value' });
      machine.fates = ['lostAfter'];
      await rename();
      assert.deepEqual(machine.values, { to: 'value' });
    });

    it('go on when they are cancelled after the first was written', async () => {
      const cancelled = new AbortController();
      // On its way back.
      machine.onTravel = () => {
        if (machine.values.to === 'value') cancelled.abort();
      };
      const signal = cancelled.signal;
      await rename(false, { signal });
      assert.deepEqual([signal.aborted, machine.values], [true, { to: 'value' }]);
      assert.equal((await undo()).done, 2);
      await assert.rejects(rename(false, { signal }), (error) => isKvError(error, 'cancelled'));
      assert.deepEqual(machine.values, { from: 'value' });
    });

    it('leave alone what somebody writes between the two, and both are there', async () => {
      // The copy is there, and the removal on its way.
      machine.onTravel = () => {
        if (machine.values.to === 'value') machine.put('from', 'theirs');
      };
      await assert.rejects(rename(), conflict);
      assert.deepEqual(machine.values, { from: 'theirs', to: 'value' });
      // Nobody else has what was copied.
      assert.equal((await undo()).removed, 0);
      assert.deepEqual(machine.values, { from: 'theirs', to: 'value' });
    });

    it('go on when the first is as it is to be already', async () => {
      machine.put('to', 'value');
      await rename(true);
      assert.deepEqual(machine.values, { to: 'value' });
    });
  });

  describe('of many keys', () => {
    it('leave alone what moves between two batches, and within one, by name', async () => {
      for (const key of ['a', 'b', 'c', 'd']) machine.put(key, 'old');
      machine.onTravel = () => {
        if (machine.requests === 1) machine.put('c', 'theirs');
      };
      const steps = ['a', 'b', 'c', 'd'].map((key) => ({
        key,
        decide: (now: { readonly value: Uint8Array } | undefined) => {
          if (Buffer.from(now?.value ?? []).toString() !== 'old') throw new KvError('conflict', `“${key}” moved`);
          return { entry: entry(key, 'new') };
        },
      }));
      const outcome = await window.changes.run(operation('sync'), each(steps), { limits: LIMITS });
      assert.deepEqual(
        [outcome.done, outcome.failed.map(({ key, error }) => [key, error.kind])],
        [3, [['c', 'conflict']]],
      );
      assert.deepEqual(machine.values, { a: 'new', b: 'new', c: 'theirs', d: 'new' });
      await undo();
      assert.deepEqual(machine.values, { a: 'old', b: 'old', c: 'theirs', d: 'old' });
    });

    it('keep what somebody writes while the question is open, whose expiration alone they change', async () => {
      machine.put('a', 'seen');
      const change = expirationChange('a', LATER);
      machine.put('a', 'theirs', { metadata: 1 });
      const outcome = await window.changes.run(operation('expiration'), each([change]), {});
      assert.equal(outcome.done, 1);
      assert.deepEqual(machine.ground.entries.get('a'), entry('a', 'theirs', { metadata: 1, expiration: LATER }));
    });

    it('do not delete, for it could not be kept, a listed key of which an old reading gives nothing', async () => {
      machine.put('a', 'old');
      machine.put('b', 'old');
      Object.assign(window.store, { staleMs: 60_000 });
      const read = window.store.getMany.bind(window.store);
      const single = window.store.get.bind(window.store);
      window.store.getMany = (keys, ...rest) =>
        read(
          keys.filter((key) => key !== 'b'),
          ...rest,
        );
      window.store.get = async (key, ...rest) => (key === 'b' ? undefined : await single(key, ...rest));
      const steps = ['a', 'b'].map((key) => ({ key, isListed: true, decide: () => 'delete' as const }));
      const outcome = await window.changes.run(operation('delete'), each(steps), {});
      assert.deepEqual([outcome.done, outcome.failed.map(({ key, error }) => [key, error.kind])], [1, [['b', 'busy']]]);
      assert.deepEqual(machine.values, { b: 'old' });
      await undo();
      assert.deepEqual(machine.values, { a: 'old', b: 'old' });
    });

    it('look a second time at all listed keys together of which a reading gives nothing', async () => {
      const keys = Array.from({ length: 90 }, (_, at) => `k${at + 10}`);
      for (const key of keys) machine.put(key, 'old');
      Object.assign(window.store, { staleMs: 60_000 });
      const read = window.store.getMany.bind(window.store);
      const reads: number[] = [];
      window.store.getMany = (wanted, ...rest) => {
        reads.push(wanted.length);
        return read(reads.length === 1 ? wanted.slice(0, 10) : wanted.slice(1), ...rest);
      };
      const steps = keys.map((key) => ({ key, isListed: true, decide: () => 'delete' as const }));
      const outcome = await window.changes.run(operation('delete'), each(steps), {});
      assert.deepEqual([outcome.done, outcome.failed.map(({ key }) => key), reads], [89, ['k20'], [90, 80]]);
      assert.deepEqual(machine.values, { k20: 'old' });
    });

    it('change a key that comes twice one time after the other', async () => {
      machine.put('a', 'old');
      let count = 0;
      const change = { key: 'a', decide: () => ({ entry: entry('a', `new ${++count}`) }) };
      const outcome = await window.changes.run(operation('import'), each([change, change]), {});
      assert.deepEqual([outcome.done, outcome.failed, machine.values], [2, [], { a: 'new 2' }]);
      assert.equal((await undo()).done, 1);
      assert.deepEqual(machine.values, { a: 'old' });
    });

    it('whose answer is lost are uncertain, kept, and can be taken back, and the rest is not sent', async () => {
      machine.put('a', 'old');
      machine.fates = ['lostBefore'];
      const outcome = await run(['a', 'b', 'c', 'd']);
      assert.deepEqual(
        outcome.failed.map(({ key, uncertain }) => [key, uncertain]),
        [
          ['a', true],
          ['b', true],
          ['c', undefined],
          ['d', undefined],
        ],
      );
      const info = await journal();
      assert.deepEqual([info?.id, info?.keys], [outcome.undo, 2]);
      machine.put('a', 'new');
      assert.deepEqual((await undo()).done, 1);
      assert.deepEqual(machine.values, { a: 'old' });
    });

    it('do not ask a store that is out of reach for every batch', async () => {
      machine.fates = ['answered', 'refused', 'refused', 'refused'];
      const outcome = await run(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
      assert.deepEqual([machine.requests, outcome.done, outcome.failed.length], [2, 2, 6]);
      machine.fates = ['refused'];
      machine.requests = 0;
      const refused = await run(['x', 'y', 'z']);
      assert.deepEqual([machine.requests, refused.done, refused.failed.length], [1, 0, 3]);
      assert.ok(refused.failed.every(({ error, uncertain }) => error.kind === 'forbidden' && !uncertain));
    });

    it('that a store refuses from the first on have one reason, those that it was not asked about too', async () => {
      machine.fates = ['refused'];
      const { done, failed } = await run(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
      assert.deepEqual([machine.requests, done, failed.length], [1, 0, 8]);
      assert.deepEqual(
        [...new Set(failed.map(({ error }) => `${error.kind}: ${error.message}`))],
        ['forbidden: refused'],
      );
    });

    it('are to be gone on with when they broke off, and not where keys were refused alone', async () => {
      const work = { command: 'importKeys', args: {}, title: '', total: 8 };
      const isRefused = async () => (await window.journals.findWork(work))?.isRefused;
      const refusing = (kind: KvErrorKind) => (key: string) => {
        if (key === 'b') throw new KvError(kind, 'refused');
        return texts(key);
      };
      const start = (kind: KvErrorKind) =>
        window.changes.run(operation('import'), becoming(refusing(kind), ['a', 'b']), { limits: LIMITS, work });
      for (const kind of ['invalidInput', 'tooLarge', 'conflict', 'notFound'] as const) {
        await start(kind);
        assert.equal(await isRefused(), true, kind);
      }
      for (const kind of ['offline', 'server', 'forbidden', 'rateLimited', 'busy'] as const) {
        await start(kind);
        assert.equal(await isRefused(), false, kind);
      }
    });

    it('throw what a store or the reading throws, while nothing is done', async () => {
      const offline = new KvError('offline', 'no network');
      for (const name of ['putMany', 'getMany'] as const) {
        const failing = (): never => {
          throw offline;
        };
        const store = Object.assign(new ForwardingStore(window.store), { [name]: failing });
        const changes = new Changes({ journals: window.journals, locks: window.locks, storeOf: async () => store });
        const steps = becoming((key) => ({ entry: entry(key, 'new') }), ['a', 'b', 'c']);
        const message = name === 'getMany' ? 'Nothing was written. no network' : 'no network';
        await assert.rejects(changes.run(operation('import'), steps), { kind: 'offline', message });
      }
      assert.deepEqual([machine.values, machine.names], [{}, []]);
    });

    it('stop before the first key that cannot be kept, and ask', async () => {
      machine.options.megabytes = 1;
      const keys = ['a', 'b', 'c', 'd'];
      for (const key of keys) machine.put(key, 'x'.repeat(300_000));
      const remove = (onFull?: () => Promise<boolean>) =>
        window.changes.run(
          operation('delete'),
          becoming(() => 'delete', keys),
          { limits: { items: 3, bytes: 9e9 }, onFull },
        );
      const asked: string[][] = [];
      const stopped = await remove(async () => {
        asked.push(Object.keys(machine.values));
        return false;
      });
      assert.deepEqual(asked, [['c', 'd']]);
      assert.deepEqual([stopped.done, stopped.cancelled, stopped.untried], [2, true, ['c']]);
      assert.equal((await undo()).done, 2);
      const whole = await remove(async () => true);
      assert.deepEqual([whole.done, machine.values], [4, {}]);
      assert.equal((await undo()).done, 2);
    });

    it('stop when what goes cannot be kept, and say what was done', async () => {
      let writes = 0;
      machine.files.options = { ...machine.files.options, room: (_, bytes) => (++writes > 3 ? 0 : bytes) };
      const outcome = await run(['a', 'b', 'c', 'd', 'e']);
      assert.deepEqual([outcome.done, outcome.failed.length], [2, 3]);
      assert.match(outcome.failed[0]?.error.message ?? '', /the disk is full/);
      assert.deepEqual(Object.keys(machine.values), ['a', 'b']);
    });

    it('have nothing to be taken back by where their account was signed out meanwhile, or the folder removed', async () => {
      machine.put('a', 'old');
      const meanwhile = [
        async () => await window.journals.forget((source) => source === 'source'),
        () => machine.files.removeFolders(),
      ];
      for (const act of meanwhile) {
        machine.requests = 0;
        machine.onTravel = () => (machine.requests > 0 ? act() : undefined);
        const { undo: id, failed } = await run(['a', 'b', 'c', 'd']);
        machine.onTravel = () => {};
        assert.deepEqual([id, machine.names, await window.journals.list()], [undefined, [], []]);
        // What can be kept no longer is not changed any more.
        assert.equal(failed.length, act === meanwhile[0] ? 0 : 2);
        assert.ok(failed.every(({ error }) => /removed in the meantime/.test(error.message)));
      }
    });

    it('hold no more of what is there than there is room for, however large the values', async () => {
      const keys = ['a', 'b', 'c', 'd', 'e'];
      for (const key of keys) machine.put(key, 'x'.repeat(key === 'c' ? 10 : 30_000));
      let held = 0;
      let most = 0;
      class Counted extends ForwardingStore {
        override async *getMany(some: readonly string[]) {
          for await (const one of super.getMany(some)) {
            most = Math.max(most, ++held);
            yield one;
          }
        }

        override async deleteMany(some: readonly string[], options?: WriteOptions) {
          held = 0;
          return await super.deleteMany(some, options);
        }
      }
      const { journals, locks, store } = window;
      const changes = new Changes({ journals, locks, storeOf: async () => new Counted(store) });
      const steps = becoming(() => 'delete', [...keys, 'missing']);
      const reported: number[] = [];
      const limits = { items: 100, bytes: 10_000 };
      const report = (done: number) => reported.push(done);
      const outcome = await changes.run(operation('delete'), steps, { limits, report });
      assert.deepEqual([outcome.done, outcome.failed, machine.values], [6, [], {}]);
      assert.deepEqual([most, reported.at(-1)], [3, 6]);
      assert.equal((await journal())?.keys, 6);
      assert.equal((await undo()).done, 5);
      assert.deepEqual(Object.keys(machine.values), keys);
    });

    it('account for every key where it is cancelled while some could not be kept', async () => {
      machine.options.megabytes = 1;
      const keys = ['a', 'b', 'c', 'd'];
      for (const key of keys) machine.put(key, 'x'.repeat(200_000));
      const cancelled = new AbortController();
      machine.onTravel = () => {
        if (Object.keys(machine.values).length < 4) cancelled.abort();
      };
      const {
        done,
        failed,
        untried,
        cancelled: isCancelled,
      } = await window.changes.run(
        operation('delete'),
        becoming(() => 'delete', keys),
        { limits: { items: 4, bytes: 9e9 }, signal: cancelled.signal },
      );
      assert.ok(isCancelled);
      assert.deepEqual([done + failed.length, [...(untried ?? [])].sort()], [2, ['c', 'd']]);
    });

    it('that are cancelled tell which keys they did not come to', async () => {
      const cancelled = new AbortController();
      const report = (done: number) => done >= 2 && cancelled.abort();
      const outcome = await run(['a', 'b', 'c', 'd'], { signal: cancelled.signal, report });
      assert.deepEqual([outcome.done, outcome.cancelled], [2, true]);
      assert.deepEqual(machine.values, { a: 'new', b: 'new' });
      assert.equal((await journal())?.state, 'left');
      assert.equal((await undo()).done, 2);
      // While it waits for a key that somebody else holds.
      const release = await window.locks.acquire(operation('save').namespace, ['a']);
      const waiting = new AbortController();
      const second = run(['a', 'b'], { signal: waiting.signal });
      waiting.abort();
      const { done, cancelled: isCancelled, untried } = await second;
      assert.deepEqual([done, isCancelled, untried], [0, true, ['a', 'b']]);
      release(false);
    });

    it('say that something was written before their source broke off', async () => {
      const breaking = async function* () {
        yield* becoming(texts, ['a', 'b', 'c']);
        throw new KvError('invalidInput', 'Line 4 is no JSON.');
      };
      const begin = () => window.changes.run(operation('import'), breaking(), { limits: LIMITS });
      await assert.rejects(begin(), /Line 4 is no JSON\. Before that, 3 keys had been written\./);
      assert.equal((await undo()).done, 3);
      machine.fates = ['lostBefore'];
      await assert.rejects(begin(), /Before that, 2 keys may have been written\./);
    });
  });
});
