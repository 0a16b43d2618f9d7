import assert from 'node:assert/strict';
import { appendFile, stat } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { entry, Machine, operation } from '../../support/journalWindow.ts';

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
});
