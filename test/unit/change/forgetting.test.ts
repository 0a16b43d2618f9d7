import assert from 'node:assert/strict';
import { appendFile, stat } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { becoming, entry, Machine, operation } from '../../support/journalWindow.ts';

describe('journals that several windows forget', () => {
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine();
  });
  afterEach(() => machine.dispose());

  type Window = ReturnType<Machine['window']>;
  /** Keeps a change of a key in the file of the session. */
  const save = async ({ journals }: Window, label: string, source: string): Promise<void> => {
    machine.now += 1000;
    const recorder = journals.single(operation('save', label, source), { isDurable: false });
    await recorder.keep([{ key: label, before: { value: entry(label, `value of ${label}`).value } }]);
    await recorder.mark({});
  };
  const labels = async ({ journals }: Window): Promise<string[]> => (await journals.list()).map(({ label }) => label);
  const forget = async ({ journals }: Window, source: string): Promise<void> =>
    await journals.forget((one) => one === source);
  /** Called before a call to the disk, once. */
  const once = (isWanted: (call: string, path: string) => boolean, work: () => Promise<void>): (() => boolean) => {
    let isDone = false;
    machine.files.options = {
      ...machine.files.options,
      before: async (call, path) => {
        if (isDone || !isWanted(call, path)) return;
        isDone = true;
        await work();
      },
    };
    return () => isDone;
  };
  const session = (): string => machine.files.paths.find((path) => path.endsWith('.session.ndjson')) ?? '';
  /** Whoever need not wait for anything but the disk has come to an end. */
  const settled = async (): Promise<void> => {
    for (let turns = 0; turns < 200; turns++) await turn();
  };

  for (const call of ['appendFile', 'utimes', 'rename']) {
    it(`at the same moment stay forgotten, and others stay (before its ${call})`, async () => {
      const [one, two, three] = [1, 2, 3].map((pid) => machine.window(`window ${pid}`, { pid }));
      assert.ok(one && two && three);
      for (const source of ['A', 'B', 'other']) await save(three, source, source);
      let second: Promise<void> | undefined;
      const isDone = once(
        (what, path) => what === call && path.endsWith('.new'),
        async () => {
          second = forget(two, 'B');
          await settled();
          await save(three, 'later', 'other');
        },
      );
      await forget(one, 'A');
      await second;
      assert.ok(isDone());
      assert.deepEqual(await labels(one), ['later', 'other']);
      const text = machine.files.paths.map((path) => machine.files.peek(path)).join('');
      assert.doesNotMatch(text, /"source":"[AB]"/);
      assert.deepEqual(
        machine.names.filter((name) => !name.endsWith('.ndjson')),
        [],
      );
    });
  }

  it('are written anew only where something goes, and stay as old as they are', async () => {
    const [one, two] = [machine.window('one'), machine.window('two', { pid: 2 })];
    await save(one, 'a', 'A');
    await save(two, 'b', 'B');
    await save(two, 'c', 'C');
    const at = machine.now;
    machine.now += 3_600_000;
    const renamed: string[] = [];
    machine.files.options = {
      ...machine.files.options,
      before: (call, path) => {
        if (call === 'rename') renamed.push(path);
      },
    };
    await forget(one, 'nothing');
    assert.deepEqual(renamed, []);
    await forget(one, 'B');
    assert.equal(renamed.length, 1);
    assert.deepEqual(await labels(one), ['c', 'a']);
    const [path = ''] = machine.files.paths.filter((file) => machine.files.peek(file).includes('"label":"c"'));
    assert.equal((await stat(path)).mtimeMs, at);
  });

  it('go, too, where a window that forgot something broke down', async () => {
    const [one, two] = [machine.window('one'), machine.window('two', { pid: 2 })];
    await save(one, 'a', 'A');
    await save(one, 'b', 'B');
    await appendFile(`${session()}.claim`, '');
    machine.now += 11_000;
    await forget(two, 'A');
    assert.deepEqual(await labels(two), ['b']);
  });

  it('are looked at again where their file was replaced meanwhile all the same', async () => {
    const [one, two] = [machine.window('one'), machine.window('two', { pid: 2 })];
    for (const source of ['A', 'B', 'other']) await save(one, source, source);
    once(
      (call, path) => call === 'appendFile' && path.endsWith('.new'),
      async () => {
        // It was away for so long that its claim was taken for a left one.
        machine.now += 11_000;
        await forget(two, 'B');
      },
    );
    await forget(one, 'A');
    assert.deepEqual(await labels(two), ['other']);
  });

  it('leave nothing behind where there is no room to write them anew', async () => {
    const window = machine.window('one');
    for (const source of ['A', 'other']) await save(window, source, source);
    machine.files.options = { ...machine.files.options, room: (_, bytes) => Math.floor(bytes / 2) };
    await assert.rejects(forget(window, 'A'));
    assert.deepEqual(machine.names.length, 1);
    assert.deepEqual(await labels(window), ['other', 'A']);
  });

  it('keep what is being written at the end of their file', async () => {
    const [one, two] = [machine.window('one'), machine.window('two', { pid: 2 })];
    for (const source of ['A', 'B', 'other']) await save(one, source, source);
    const path = session();
    const whole = machine.files.peek(path);
    await save(one, 'late', 'other');
    const late = machine.files.peek(path).slice(whole.length);
    machine.files.clear();
    await appendFile(path, whole + late.slice(0, 50));
    once(
      (call, at) => call === 'appendFile' && at.endsWith('.new'),
      async () => await appendFile(path, late.slice(50)),
    );
    await forget(two, 'A');
    assert.deepEqual(await labels(two), ['late', 'other', 'B']);
  });

  it('leave a file alone that another window is just beginning', async () => {
    const [one, two] = [machine.window('one'), machine.window('two', { pid: 2 })];
    let removed = 0;
    let isBegun = false;
    machine.files.options = {
      ...machine.files.options,
      before: async (call, path) => {
        if (call === 'rm' && path.endsWith('.session.ndjson')) removed++;
        if (isBegun || call !== 'write' || !path.endsWith('.session.ndjson')) return;
        isBegun = true;
        await forget(two, 'A');
      },
    };
    await save(one, 'a', 'other');
    assert.deepEqual([isBegun, removed, await labels(two)], [true, 0, ['a']]);
  });

  describe('while another one is at work', () => {
    const SECRET = Buffer.from('secret of a').toString('base64');
    const isOnDisk = (): boolean => machine.files.paths.some((path) => machine.files.peek(path).includes(SECRET));
    let [one, two]: Window[] = [];
    beforeEach(() => {
      [one, two] = [machine.window('one'), machine.window('two', { pid: 2 })];
      for (const key of ['a', 'b', 'c', 'd']) machine.put(key, `secret of ${key}`);
    });

    /** One window forgets while the other is at its third request. */
    const whileWorking = async (work: (window: Window) => Promise<unknown>): Promise<void> => {
      assert.ok(one && two);
      const first = one;
      let requests = 0;
      machine.onTravel = async () => {
        if (++requests === 3) await forget(first, 'source');
      };
      await work(two);
      machine.onTravel = () => {};
      assert.ok(requests >= 3);
    };
    const deleteAll = async ({ changes }: Window): Promise<unknown> =>
      await changes.run(
        operation('delete'),
        becoming(() => 'delete', ['a', 'b', 'c', 'd']),
        { limits: { items: 2, bytes: 1000 } },
      );

    it('keep nothing of many keys once that has ended', async () => {
      await whileWorking(deleteAll);
      assert.deepEqual([machine.values, machine.files.paths], [{}, []]);
    });

    it('keep nothing of a single key once that has ended', async () => {
      await whileWorking(async (window) => {
        await save(window, 'stays', 'another');
        await window.changes.one(operation('put'), { key: 'a', decide: () => ({ entry: entry('a', 'new') }) });
      });
      assert.ok(one);
      assert.deepEqual([machine.values.a, isOnDisk(), await labels(one)], ['new', false, ['stays']]);
      assert.equal(machine.names.length, 1);
    });

    for (const how of ['many keys', 'a single key'] as const) {
      it(`keep nothing of ${how} where that window breaks down`, async () => {
        assert.ok(one && two);
        if (how === 'many keys') {
          const writer = await two.journals.begin(operation('delete'), { isDurable: false });
          await writer.keep([{ key: 'a', before: { value: entry('a', 'secret of a').value } }]);
        } else {
          const recorder = two.journals.single(operation('put'), { isDurable: false });
          await recorder.keep([{ key: 'a', before: { value: entry('a', 'secret of a').value } }]);
        }
        await forget(one, 'source');
        assert.ok(isOnDisk());
        // It is still at it.
        await one.journals.tidy();
        assert.ok(isOnDisk());
        machine.alive.delete('two');
        await machine.window('three', { pid: 3 }).journals.tidy();
        assert.deepEqual(machine.files.paths, []);
      });
    }

    it('keep what comes after the next sign-in, and what only was not to go at that moment', async () => {
      assert.ok(one && two);
      const writer = await two.journals.begin(operation('delete'), { isDurable: false });
      await writer.keep([{ key: 'a', before: { value: entry('a', 'secret of a').value } }]);
      await one.journals.clear();
      await writer.mark({});
      await writer.end('whole');
      assert.deepEqual(await labels(one), ['delete']);
      await forget(one, 'source');
      await deleteAll(two);
      assert.deepEqual(await labels(one), ['delete']);
    });

    it('keep what only begins, as long as nobody knows whose it is', async () => {
      assert.ok(one && two);
      const first = one;
      const isDone = once(
        (call, path) => call === 'write' && path.endsWith('.open.ndjson'),
        async () => await forget(first, 'elsewhere'),
      );
      const writer = await two.journals.begin(operation('delete'), { isDurable: false });
      await writer.keep([{ key: 'a', before: { value: entry('a', 'secret of a').value } }]);
      await writer.mark({});
      await writer.end('whole');
      assert.ok(isDone());
      assert.deepEqual(await labels(one), ['delete']);
    });

    it('keep what begins just when they are looked at', async () => {
      assert.ok(one && two);
      const gate = Promise.withResolvers<void>();
      let reads = 0;
      machine.files.options = {
        ...machine.files.options,
        before: async (call, path) => {
          if (!path.endsWith('.open.ndjson')) return;
          if (call === 'write') await gate.promise;
          // Its head is not there when it is looked for, and not when its owner is.
          if (call === 'read') reads++;
          if (call !== 'stat' || reads < 2) return;
          gate.resolve();
          await settled();
        },
      };
      const beginning = two.journals.begin(operation('delete'), { isDurable: false });
      await settled();
      await forget(one, 'elsewhere');
      gate.resolve();
      const writer = await beginning;
      await writer.keep([{ key: 'a', before: { value: entry('a', 'secret of a').value } }]);
      await writer.mark({});
      await writer.end('whole');
      assert.deepEqual(await labels(one), ['delete']);
    });

    it('keep nothing of what ends just when it is removed', async () => {
      assert.ok(one && two);
      const writer = await two.journals.begin(operation('delete'), { isDurable: false });
      await writer.keep([{ key: 'a', before: { value: entry('a', 'secret of a').value } }]);
      await writer.mark({});
      let [opened, isRemoving] = [0, false];
      let ending: Promise<void> | undefined;
      const gate = Promise.withResolvers<void>();
      machine.files.options = {
        ...machine.files.options,
        before: async (call, path) => {
          if (!path.endsWith('.open.ndjson')) return;
          if (call === 'rename') await gate.promise;
          if (call === 'open') opened++;
          isRemoving ||= call === 'rm';
          // Not of its head any more.
          if (call !== 'read' || opened !== 2) return;
          machine.alive.delete('two');
          gate.resolve();
          await ending;
        },
      };
      ending = writer.end('whole');
      await settled();
      await forget(one, 'source');
      assert.ok(isRemoving);
      assert.deepEqual(machine.files.paths, []);
    });

    it('keep nothing of what ends just when it is noted', async () => {
      assert.ok(one && two);
      const writer = await two.journals.begin(operation('delete'), { isDurable: false });
      await writer.keep([{ key: 'a', before: { value: entry('a', 'secret of a').value } }]);
      await writer.mark({});
      const isDone = once(
        (call, path) => call === 'open' && path.endsWith('.forgotten'),
        async () => await writer.end('whole'),
      );
      await forget(one, 'source');
      assert.ok(isDone());
      assert.equal(isOnDisk(), false);
      await one.journals.tidy();
      assert.deepEqual(machine.files.paths, []);
    });
  });
});
