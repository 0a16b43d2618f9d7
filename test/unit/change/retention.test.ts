import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isKvError } from '../../../src/core/base/errors.ts';
import { undoChange } from '../../../src/core/change/undo/undoChange.ts';
import { becoming, entry, Machine, operation } from '../../support/journalWindow.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('what is kept in the journals', () => {
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine();
  });
  afterEach(() => machine.dispose());

  type Window = ReturnType<Machine['window']>;
  const save = async ({ changes }: Window, key: string, text = 'saved'): Promise<unknown> =>
    await changes.one(operation('save', `save ${key}`), { key, decide: () => ({ entry: entry(key, text) }) });
  const remove = async ({ changes }: Window, key: string): Promise<unknown> =>
    await changes.run(
      operation('delete', `delete ${key}`),
      becoming(() => 'delete', [key]),
    );
  const labels = async ({ journals }: Window): Promise<string[]> => (await journals.list()).map(({ label }) => label);

  describe('and is too much', () => {
    beforeEach(() => {
      machine.options.megabytes = 1;
      // As base64, 600,000 bytes.
      for (const key of ['large', 'larger']) machine.put(key, 'x'.repeat(450_000));
    });

    it('goes by its last change, and not by when its file was begun', async () => {
      const [one, two] = [machine.window('one'), machine.window('two', { pid: 2 })];
      await save(two, 'early');
      machine.now += HOUR;
      await remove(one, 'large');
      machine.now += HOUR;
      await save(two, 'late');
      machine.now += HOUR;
      await remove(one, 'larger');
      assert.deepEqual(await labels(one), ['delete larger', 'save late', 'save early']);
    });

    for (const countsTicks of [true, false]) {
      it(`takes nothing of what has just ended for it, the clock being set back (${countsTicks})`, async () => {
        machine.countsTicks = countsTicks;
        machine.now += DAY;
        await remove(machine.window('one'), 'large');
        machine.now -= DAY - HOUR;
        const two = machine.window('two', { pid: 2 });
        const { undo = '' } = await two.changes.run(
          operation('delete'),
          becoming(() => 'delete', ['larger']),
        );
        assert.deepEqual(await labels(two), ['delete']);
        assert.equal((await two.undo(undo)).done, 1);
      });
    }

    it('is not told to be there once another window has needed the room', async () => {
      const [one, two] = [machine.window('one'), machine.window('two', { pid: 2 })];
      let isDone = false;
      machine.files.options = {
        ...machine.files.options,
        before: async (call, path) => {
          if (isDone || call !== 'stat' || !/\.1\.ndjson$/.test(path)) return;
          isDone = true;
          machine.now += HOUR;
          await remove(two, 'larger');
        },
      };
      const { undo } = await one.changes.run(
        operation('delete'),
        becoming(() => 'delete', ['large']),
      );
      assert.deepEqual([isDone, undo], [true, undefined]);
      assert.deepEqual(await labels(one), ['delete larger']);
    });

    for (const [where, pid] of [
      ['in one window', 1],
      ['in two windows', 2],
    ] as const) {
      it(`takes nothing of what has ended at the same moment (${where})`, async () => {
        const one = machine.window('one');
        const other = pid === 1 ? one : machine.window('two', { pid });
        await Promise.all([remove(one, 'large'), remove(other, 'larger')]);
        assert.deepEqual((await labels(one)).sort(), ['delete large', 'delete larger']);
        machine.now += HOUR;
        await one.journals.tidy();
        assert.equal((await labels(one)).length, 1);
      });
    }

    it('keeps one of two that ended in one window at the same moment, whatever the clock of the disk says', async () => {
      const one = machine.window('one');
      machine.files.options = { ...machine.files.options, clock: () => machine.now - HOUR };
      await Promise.all([remove(one, 'large'), remove(one, 'larger')]);
      assert.equal((await labels(one)).length, 1);
    });

    it('takes nothing with it that there is room for once it has gone', async () => {
      const [one, two] = [machine.window('one'), machine.window('two', { pid: 2 })];
      await save(two, 'early');
      machine.now += HOUR;
      await remove(one, 'large');
      machine.now += HOUR;
      await remove(one, 'larger');
      assert.deepEqual(await labels(one), ['delete larger', 'save early']);
    });
  });

  describe('of work that is gone on with', () => {
    const work = { command: 'importKeys', args: {}, title: 'Importing', total: 2 };
    const start = async (window: Window, key: string, earlier?: string) => {
      const writer = await window.journals.begin(operation('import'), { isDurable: false, work, earlier });
      await writer.keep([{ key }]);
      await writer.mark({ done: 1 });
      await writer.end('left');
      return writer.id;
    };

    it('stays as long as what was written last, and is listed by that', async () => {
      const window = machine.window('one');
      const id = await start(window, 'a');
      machine.now += HOUR;
      await save(machine.window('two', { pid: 2 }), 'between');
      machine.now += 6 * DAY;
      const resumed = machine.now;
      assert.equal(await start(window, 'b', id), id);
      const listed = async () => (await window.journals.list()).map(({ label, at }) => [label, at]);
      assert.deepEqual(await listed(), [
        ['import', resumed],
        ['save between', resumed - 6 * DAY],
      ]);
      machine.now += 2 * DAY;
      await window.journals.tidy();
      assert.deepEqual(await listed(), [['import', resumed]]);
      assert.equal((await window.journals.findWork(work))?.id, id);
      machine.now += 6 * DAY;
      assert.deepEqual([await listed(), await window.journals.unfinishedWorks()], [[], []]);
      await window.journals.tidy();
      assert.deepEqual(machine.names, []);
    });

    it('is listed by that too after much of it was undone', async () => {
      const window = machine.window('one');
      const id = await start(window, 'a');
      machine.now += HOUR;
      await save(window, 'between');
      machine.now += HOUR;
      await start(window, 'b', id);
      const gone = Array.from({ length: 8000 }, (_, at) => `a key that was undone ${at}`);
      await window.journals.noteUndone(id, gone);
      assert.deepEqual(await labels(window), ['import', 'save between']);
    });

    it('is found so by who opens its file under the name of what is written', async () => {
      const window = machine.window('one');
      const id = await start(window, 'a');
      machine.now += HOUR;
      await save(window, 'between');
      machine.now += HOUR;
      const writer = await window.journals.begin(operation('import'), { isDurable: false, work, earlier: id });
      assert.deepEqual(await labels(window), ['import', 'save between']);
      await writer.end('left');
    });
  });

  describe('beside a file that cannot be read', () => {
    /** Of another window, without a permission, from this moment on. */
    const unreadable = async (code: string, text = '{}'): Promise<string> => {
      const path = join(machine.folder, `${String(machine.now).padStart(14, '0')}-0123456789ab.session.ndjson`);
      await appendFile(path, `${text}\n`);
      failing(path, code);
      return path;
    };
    /** Until the result is called. */
    const failing = (path: string, code: string): (() => void) => {
      const before = (call: string, at: string): void => {
        if (at === path && (call === 'open' || call === 'appendFile')) throw Object.assign(new Error(code), { code });
      };
      machine.files.options = { ...machine.files.options, before };
      return () => {
        machine.files.options = { ...machine.files.options, before: () => {} };
      };
    };

    for (const code of ['EACCES', 'EISDIR']) {
      it(`is taken back and let go of (${code})`, async () => {
        const window = machine.window('one');
        for (const key of ['a', 'b']) machine.put(key, 'before');
        await remove(window, 'a');
        await save(window, 'b');
        machine.now += 1000;
        await unreadable(code);
        for (const info of await window.journals.list()) await undoChange(info, window);
        assert.deepEqual(machine.values, { a: 'before', b: 'before' });
        assert.deepEqual(await labels(window), []);
      });
    }

    for (const code of ['EMFILE', 'EIO', 'EACCES']) {
      it(`stays where another source is forgotten, whose backup it may be (${code})`, async () => {
        const window = machine.window('one');
        for (const key of ['a', 'b']) machine.put(key, 'before');
        await remove(window, 'a');
        await window.changes.run(
          operation('delete', 'of the account', 'account'),
          becoming(() => 'delete', ['b']),
        );
        const [path = ''] = machine.files.paths.filter((one) => machine.files.peek(one).includes('delete a'));
        const readable = failing(path, code);
        const forget = (): Promise<void> => window.journals.forget((source) => source === 'account');
        await assert.rejects(forget(), (error) => isKvError(error, 'server'));
        readable();
        assert.deepEqual(await labels(window), ['delete a']);
        await forget();
        assert.deepEqual(await labels(window), ['delete a']);
      });

      it(`lets nothing go of which that file may have made what is there now (${code})`, async () => {
        const window = machine.window('one');
        machine.put('k', 'before');
        for (const text of ['first', 'second']) {
          machine.now += 1000;
          await window.changes.run(
            operation('import', text),
            becoming((key) => ({ entry: entry(key, text) }), ['k']),
          );
        }
        const [path = ''] = machine.files.paths.filter((one) => machine.files.peek(one).includes('"label":"second"'));
        const undo = async (label: string): Promise<unknown> => {
          const info = (await window.journals.list()).find((one) => one.label === label);
          return info && (await undoChange(info, window)).done;
        };
        const readable = failing(path, code);
        // What passes is waited for.
        if (code === 'EMFILE')
          await assert.rejects(undo('first'), /for Undo cannot be used: it is in use, or too many/);
        else assert.equal(await undo('first'), 0);
        readable();
        assert.deepEqual(await labels(window), ['second', 'first']);
        assert.deepEqual([await undo('second'), await undo('first')], [1, 1]);
        assert.deepEqual(machine.values, { k: 'before' });
        assert.deepEqual(await labels(window), []);
      });
    }

    it('is not told to be gone while nobody can look into that file', async () => {
      const window = machine.window('one');
      await save(window, 'a');
      const [info] = await window.journals.list();
      const readable = failing(machine.files.paths[0] ?? '', 'EMFILE');
      await assert.rejects(window.read(info?.id ?? ''), (error) => isKvError(error, 'server'));
      readable();
      assert.equal((await window.read(info?.id ?? '')).length, 1);
    });

    it('is not the newest change when the newest cannot be read for the moment', async () => {
      const window = machine.window('one');
      await save(window, 'a');
      const readable = failing(machine.files.paths[0] ?? '', 'EBUSY');
      await assert.rejects(window.journals.completeList(), (error) => isKvError(error, 'server'));
      assert.deepEqual(await window.journals.list(), []);
      readable();
      assert.equal((await window.journals.completeList()).length, 1);
    });

    it('is read again when it can be read only a moment later', async () => {
      const window = machine.window('one');
      machine.put('a', 'before');
      await remove(window, 'a');
      const [info] = await window.journals.list();
      let isFailing = true;
      machine.files.options = {
        ...machine.files.options,
        before: (call) => {
          if (call !== 'open' || !isFailing) return;
          isFailing = false;
          throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
        },
      };
      assert.equal((await window.journals.checkEnded(info?.id ?? '')).label, 'delete a');
    });

    it('goes where it is too old, and so does that file', async () => {
      const window = machine.window('one');
      machine.put('a', 'before');
      await remove(window, 'a');
      machine.now += 1000;
      await unreadable('EACCES');
      machine.now += 8 * DAY;
      await window.journals.tidy();
      assert.deepEqual(machine.files.paths, []);
    });

    it('may be more than there is room for: that file stays while it is new', async () => {
      machine.options.megabytes = 1;
      const window = machine.window('one');
      await save(window, 'a');
      machine.now += HOUR;
      const path = await unreadable('EACCES', 'x'.repeat(100_000));
      machine.put('large', 'x'.repeat(700_000));
      machine.now += HOUR;
      await remove(window, 'large');
      assert.ok(machine.files.paths.includes(path));
      assert.deepEqual(await labels(window), ['delete large', 'save a']);
    });

    it('is forgotten all the same, and it is said that something stays', async () => {
      const window = machine.window('one');
      machine.put('a', 'before');
      await remove(window, 'a');
      await unreadable('EACCES');
      await assert.rejects(window.journals.clear(), (error) => isKvError(error, 'server'));
      assert.deepEqual(await labels(window), []);
    });

    it('notes what the disk did not take, whatever else it does not take', async () => {
      const window = machine.window('one');
      machine.put('a', 'before');
      await save(window, 'a');
      const other = machine.window('two', { pid: 2 });
      await save(other, 'b');
      const [theirs = ''] = machine.files.paths.filter((path) => machine.files.peek(path).includes('save b'));
      const infos = await window.journals.list();
      let isFull = true;
      machine.files.options = {
        ...machine.files.options,
        before: (call, at) => {
          if (call !== 'write' || (at !== theirs && !isFull)) return;
          throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
        },
      };
      for (const label of ['save b', 'save a']) {
        const { id = '' } = infos.find((info) => info.label === label) ?? {};
        await assert.rejects(window.journals.remove(id));
      }
      isFull = false;
      await save(window, 'c');
      assert.deepEqual((await labels(window)).sort(), ['save b', 'save c']);
    });
  });
});
