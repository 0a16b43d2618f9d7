import assert from 'node:assert/strict';
import { newestFirst } from '../../../src/core/change/journal/moment.ts';
import { undoChange } from '../../../src/core/change/undo/undoChange.ts';
import { becoming, entry, Machine, operation } from '../../support/journalWindow.ts';

const HOUR = 3_600_000;

interface Counting {
  readonly countsTicks: boolean;
  readonly isBooted: boolean;
}

describe('changes between which the clock was set back', () => {
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine();
    machine.put('k', 'start');
  });
  afterEach(() => machine.dispose());

  type Window = ReturnType<Machine['window']>;
  const put = async ({ changes }: Window, text: string): Promise<unknown> =>
    await changes.one(operation('put', text), { key: 'k', decide: () => ({ entry: entry('k', text) }) });
  const labels = async ({ journals }: Window): Promise<string[]> => (await journals.list()).map(({ label }) => label);
  /** Takes back what is called so; what the key is then. */
  const undo = async (window: Window, label: string): Promise<unknown> => {
    const info = (await window.journals.list()).find((one) => one.label === label);
    assert.ok(info, `${label} is still there`);
    await undoChange(info, window);
    return machine.values.k;
  };

  /** Puts two values, each in a window of its own; gives the one that is open at last. */
  const twice = async ({ countsTicks, isBooted }: Counting): Promise<Window> => {
    machine.countsTicks = countsTicks;
    await put(machine.window('one'), 'first');
    machine.now -= HOUR;
    if (isBooted) [machine.boot, machine.ticks] = ['another', 0];
    const two = machine.window('two', { pid: 2 });
    await put(two, 'second');
    machine.now += 2 * HOUR;
    return two;
  };

  for (const [where, options] of [
    ['on a machine that does not count', { countsTicks: false, isBooted: false }],
    ['on one that counts', { countsTicks: true, isBooted: false }],
    ['over a new start of the machine', { countsTicks: true, isBooted: true }],
  ] as const) {
    it(`are taken back one after the other, ${where}`, async () => {
      const window = await twice(options);
      assert.deepEqual([await undo(window, 'second'), await undo(window, 'first')], ['first', 'start']);
      assert.deepEqual(await labels(window), []);
    });

    it(`are taken back where the older one was tried first, ${where}`, async () => {
      const window = await twice(options);
      const values = [await undo(window, 'first'), await undo(window, 'second'), await undo(window, 'first')];
      assert.deepEqual(values, ['second', 'first', 'start']);
    });

    if (options.countsTicks) {
      it(`are listed in their order, ${where}`, async () => {
        assert.deepEqual(await labels(await twice(options)), ['second', 'first']);
      });
    }
  }

  it('end no uncertain one that was made before them, also where that did nothing', async () => {
    const [one, two] = [machine.window('one'), machine.window('two', { pid: 2 })];
    await one.changes.one(operation('put', 'put'), { key: 'n', decide: () => ({ entry: entry('n', 'new') }) });
    machine.now += HOUR;
    machine.fates = ['lostBefore'];
    await two.changes.run(
      operation('delete', 'uncertain'),
      becoming(() => 'delete', ['n']),
    );
    assert.deepEqual(await labels(two), ['uncertain', 'put']);
    for (const label of ['uncertain', 'put']) {
      const info = (await two.journals.list()).find((one) => one.label === label);
      if (info) await undoChange(info, two);
    }
    assert.deepEqual([machine.values.n, await labels(two)], [undefined, []]);
  });

  it('end no uncertain one that did nothing, and was tried before what came after it was taken back', async () => {
    machine.ground.entries.delete('k');
    const [one, two] = [machine.window('one'), machine.window('two', { pid: 2 })];
    await put(one, 'first');
    machine.fates = ['lostBefore'];
    machine.now += HOUR;
    await one.changes.run(
      operation('delete', 'uncertain'),
      becoming(() => 'delete', ['k']),
    );
    machine.now += HOUR;
    await put(two, 'second');
    machine.now += HOUR;
    const three = machine.window('three', { pid: 3 });
    const values: unknown[] = [];
    for (const label of ['uncertain', 'second', 'first']) values.push(await undo(three, label));
    assert.deepEqual(values, ['second', 'first', undefined]);
    for (const info of await three.journals.list()) await undoChange(info, three);
    assert.deepEqual([machine.values.k, await labels(three)], [undefined, []]);
  });

  for (const back of [false, true]) {
    it(`end an uncertain one that found what was taken back, as the clock tells (set back: ${back})`, async () => {
      const [one, two] = [machine.window('one'), machine.window('two', { pid: 2 })];
      await one.changes.one(operation('put', 'put'), { key: 'n', decide: () => ({ entry: entry('n', 'new') }) });
      machine.fates = ['lostBefore'];
      machine.now += back ? -HOUR : HOUR;
      await two.changes.run(
        operation('delete', 'uncertain'),
        becoming(() => 'delete', ['n']),
      );
      machine.now += 2 * HOUR;
      const three = machine.window('three', { pid: 3 });
      const put = (await three.journals.list()).find(({ label }) => label === 'put');
      assert.ok(put);
      await undoChange(put, three);
      assert.equal(machine.values.n, undefined);
      for (const info of await three.journals.list()) await undoChange(info, three);
      assert.equal(machine.values.n, back ? 'new' : undefined);
    });
  }

  it('are listed in one order, whatever order they are found in', () => {
    const all = [
      { id: 'old, first', at: 50, tick: 'old 1' },
      { id: 'old, second', at: 10, tick: 'old 2' },
      { id: 'untold', at: 20 },
      { id: 'untold, of late', at: 58 },
      { id: 'new, first', at: 5, tick: 'new 1' },
      { id: 'new, second', at: 4, tick: 'new 2' },
    ];
    const expected = ['untold, of late', 'new, second', 'new, first', 'untold', 'old, second', 'old, first'];
    for (let from = 0; from < all.length; from++) {
      const found = [...all.slice(from), ...all.slice(0, from)];
      assert.deepEqual(
        newestFirst(found, { at: 60, tick: 'new 3' }).map(({ id }) => id),
        expected,
      );
    }
  });
});
