import assert from 'node:assert/strict';
import { KvError } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { BatchOptions, LocalWriter, WriteFailure, WriteResult } from '../../src/local/localWriter.ts';
import { SwitchingWriter, type Ways } from '../../src/local/switchingWriter.ts';
import { expecting } from '../support/expecting.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const entries = (count: number): KvEntry[] =>
  Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: new Uint8Array([i & 255]) }));

/** One way of writing: does as many keys as it is told to, then it is closed. */
class FakeWay implements LocalWriter {
  readonly written: string[] = [];
  /** How many keys each call does before the way closes. */
  readonly #budgets: number[];
  readonly #name: string;
  readonly #closed: WriteFailure['closed'];
  calls = 0;

  constructor(name: string, budgets: number[], closed: WriteFailure['closed'] = 'devServer') {
    this.#name = name;
    this.#budgets = budgets;
    this.#closed = closed;
  }

  async put(given: readonly KvEntry[], { report }: BatchOptions): Promise<WriteResult> {
    return this.#write(
      given.map(({ key }) => key),
      report,
    );
  }

  async delete(keys: readonly string[], { report }: BatchOptions): Promise<WriteResult> {
    return this.#write(
      keys.map((key) => `-${key}`),
      report,
    );
  }

  #write(keys: readonly string[], report: ((done: number) => void) | undefined): WriteResult {
    const budget = this.#budgets[Math.min(this.calls++, this.#budgets.length - 1)] ?? 0;
    const error = (key: string) => new KvError('busy', `${key}: ${this.#name} closed`);
    this.written.push(...keys.slice(0, budget));
    report?.(Math.min(budget, keys.length));
    const failed = keys.flatMap((key, index): WriteFailure[] => {
      if (key === 'bad') return [{ index, error: new KvError('tooLarge', `${key}: too large`) }];
      return index < budget ? [] : [{ index, error: error(key), ...(this.#closed && { closed: this.#closed }) }];
    });
    return { failed, ...(budget < keys.length && { stopped: error }) };
  }
}

describe('choosing between the files and a dev server', () => {
  let leftovers: string[];
  let isServerFirst: boolean;
  let isSoon: boolean;
  let closings: number;
  beforeEach(() => {
    leftovers = [];
    isServerFirst = false;
    isSoon = true;
    closings = 0;
  });
  const all = Number.POSITIVE_INFINITY;
  const ways = (files: LocalWriter, server: LocalWriter): Ways => ({
    files,
    server,
    isServerFirst: () => isServerFirst,
    serverClosed: () => closings++,
    mayOpenSoon: async () => isSoon,
    takeLeftovers: () => leftovers.splice(0),
    keepLeftovers: (keys) => leftovers.push(...keys),
  });
  const writer = (files: LocalWriter, server: LocalWriter, patienceMs = 5000) =>
    new SwitchingWriter(ways(files, server), { singleMs: patienceMs, bulkMs: patienceMs });
  const single = { durable: true };
  const bulk = { durable: false };

  it('writes the files while nobody else does', async () => {
    const files = new FakeWay('files', [all]);
    const server = new FakeWay('server', [0]);
    assert.deepEqual(await writer(files, server).put(entries(3), single), { failed: [] });
    assert.deepEqual([files.written, server.calls], [['k0', 'k1', 'k2'], 0]);
  });

  it('tries the server first that was open last, and spares the lock', async () => {
    isServerFirst = true;
    const files = new FakeWay('files', [0]);
    const server = new FakeWay('server', [all]);
    await writer(files, server).put(entries(1), single);
    assert.deepEqual([files.calls, server.written], [0, ['k0']]);
  });

  it('goes over with what is left when a server starts in the middle', async () => {
    const files = new FakeWay('files', [40, 0]);
    const server = new FakeWay('server', [all]);
    const reports: number[] = [];
    const result = await writer(files, server).put(entries(100), { durable: false, report: (n) => reports.push(n) });
    assert.deepEqual(result, { failed: [] });
    const keys = entries(100).map(({ key }) => key);
    assert.deepEqual([files.written, server.written], [keys.slice(0, 40), keys.slice(40)]);
    assert.deepEqual(reports, [40, 100]);
  });

  it('goes over with what is left when the server stops in the middle', async () => {
    isServerFirst = true;
    const files = new FakeWay('files', [all]);
    const server = new FakeWay('server', [70, 0]);
    assert.deepEqual(await writer(files, server).delete(['a', 'b'], bulk), { failed: [] });
    assert.deepEqual(await writer(files, new FakeWay('server', [70])).put(entries(100), bulk), { failed: [] });
    assert.equal(files.written.length, 30);
    assert.equal(closings, 1);
  });

  it('waits while a server is starting and answers nobody yet', async () => {
    const files = new FakeWay('files', [0]);
    const server = new FakeWay('server', [0, 0, 0, all]);
    assert.deepEqual(await writer(files, server).put(entries(2), single), { failed: [] });
    assert.deepEqual([server.written, server.calls, files.calls], [['k0', 'k1'], 4, 4]);
  });

  it('reports each key once, with the reason of the way that could have been open', async () => {
    const closed = async (files: FakeWay) =>
      (await writer(files, new FakeWay('server', [0]), 0).put(entries(2), bulk)).failed.map(
        ({ index, error }) => `${index} ${error.message}`,
      );
    assert.deepEqual(await closed(new FakeWay('files', [0])), ['0 k0: server closed', '1 k1: server closed']);
    assert.deepEqual(await closed(new FakeWay('files', [0], 'other')), ['0 k0: files closed', '1 k1: files closed']);
    isSoon = false;
    const impatient = await writer(new FakeWay('files', [0]), new FakeWay('server', [0])).put(entries(1), single);
    assert.equal(impatient.failed.length, 1);
    assert.equal(impatient.stopped?.('next').message, 'next: server closed');
  });

  it('keeps what failed for reasons of its own apart from what goes over', async () => {
    const files = new FakeWay('files', [2, 0]);
    const server = new FakeWay('server', [all]);
    const batch = ['a', 'bad', 'c', 'd'].map((key) => ({ key, value: new Uint8Array() }));
    const { failed } = await writer(files, server).put(batch, bulk);
    assert.deepEqual(
      failed.map(({ index, error }) => [index, error.kind]),
      [[1, 'tooLarge']],
    );
    assert.deepEqual(server.written, ['c', 'd']);
  });

  it('follows a server that comes and goes as long as anything is written', async () => {
    const files = new FakeWay('files', [7]);
    const server = new FakeWay('server', [3]);
    assert.deepEqual(await writer(files, server, 0).put(entries(100), bulk), { failed: [] });
    assert.deepEqual(
      [...files.written, ...server.written].sort(),
      entries(100)
        .map(({ key }) => key)
        .sort(),
    );
  });

  it('stops waiting when it is cancelled', async () => {
    const aborting = new AbortController();
    setTimeout(() => aborting.abort(), 50);
    const files = new FakeWay('files', [0]);
    const { failed } = await writer(files, new FakeWay('server', [0])).put(entries(2), {
      durable: false,
      signal: aborting.signal,
    });
    assert.deepEqual(
      failed.map(({ error }) => error.kind),
      ['cancelled', 'cancelled'],
    );
    assert.equal(files.calls, 1);
  });

  describe('after an answer that was lost', () => {
    const value = (text: string) => new Uint8Array(Buffer.from(text));
    const mine = [
      { key: 'a', value: value('mine') },
      { key: 'b', value: value('mine') },
    ];
    let store: MemoryStore;
    let reviewed: readonly string[];
    beforeEach(async () => {
      isServerFirst = true;
      store = new MemoryStore();
      await store.put({ key: 'a', value: value('before') });
      reviewed = [];
    });
    /** Loses the answer for the first key, and has gone for the others. */
    const losing = (act: () => Promise<void> = async () => {}): LocalWriter => {
      let calls = 0;
      const write = async (keys: readonly string[]): Promise<WriteResult> => {
        const isFirst = calls++ === 0;
        if (isFirst) await act();
        const failed = keys.map((key, index): WriteFailure => {
          const uncertain = isFirst && index === 0;
          return { index, error: new KvError('busy', `${key}: lost`, { uncertain }), closed: 'devServer' };
        });
        return { failed };
      };
      return {
        put: (entries) => write(entries.map(({ key }) => key)),
        delete: (keys) => write(keys),
      };
    };
    const write = async (files: LocalWriter, server: LocalWriter, act: 'put' | 'delete' = 'put') => {
      const before = await store.get('a');
      const expected = expecting(store, [before], act === 'put' ? mine : []);
      const options = { durable: false, expected };
      const way = writer(files, server, 0);
      const result = act === 'put' ? await way.put(mine, options) : await way.delete(['a', 'b'], options);
      reviewed = expected.reviews.flat();
      return result.failed.map(({ index, error }) => [index, error.kind, error.uncertain ?? false]);
    };

    it('writes the key by the other way where nothing was done', async () => {
      const files = new FakeWay('files', [all]);
      assert.deepEqual(await write(files, losing()), []);
      assert.deepEqual([files.written, reviewed], [['a', 'b'], ['a']]);
    });

    it('counts the key as done where it is as the write makes it', async () => {
      const files = new FakeWay('files', [all]);
      const server = losing(async () => await store.put(mine[0] ?? assert.fail()));
      assert.deepEqual(await write(files, server), []);
      assert.deepEqual(files.written, ['b']);
      const deleting = new FakeWay('files', [all]);
      assert.deepEqual(
        await write(
          deleting,
          losing(async () => await store.delete('a')),
          'delete',
        ),
        [],
      );
      assert.deepEqual(deleting.written, ['-b']);
    });

    it('leaves alone what somebody else made of it, and stays uncertain', async () => {
      const files = new FakeWay('files', [all]);
      const server = losing(async () => await store.put({ key: 'a', value: value('theirs') }));
      assert.deepEqual(await write(files, server), [[0, 'conflict', true]]);
      assert.deepEqual(files.written, ['b']);
    });

    it('stays uncertain where the other way is refused, or it cannot be looked at', async () => {
      assert.deepEqual(await write(new FakeWay('files', [0]), losing()), [
        [0, 'busy', true],
        [1, 'busy', false],
      ]);
      const files = new FakeWay('files', [all]);
      const server = losing(async () => {
        store.unread.set('a', new KvError('server', 'a: broken'));
      });
      assert.deepEqual(await write(files, server), [[0, 'busy', true]]);
      assert.deepEqual(files.written, ['b']);
    });

    it('stays uncertain where the write is cancelled then, which is told of the others', async () => {
      const aborting = new AbortController();
      aborting.abort();
      const { failed } = await writer(new FakeWay('files', [0]), losing()).put(mine, {
        durable: false,
        signal: aborting.signal,
      });
      assert.deepEqual(
        failed.map(({ error }) => [error.kind, error.uncertain ?? false]),
        [
          ['busy', true],
          ['cancelled', false],
        ],
      );
    });
  });

  it('deletes what a proof left behind, by whichever way is open, and keeps it in mind where none is', async () => {
    leftovers = ['canary'];
    const files = new FakeWay('files', [all]);
    await writer(files, new FakeWay('server', [0])).put(entries(1), single);
    assert.deepEqual([files.written, leftovers], [['k0', '-canary'], []]);
    leftovers = ['canary'];
    await writer(new FakeWay('files', [0]), new FakeWay('server', [0]), 0).put(entries(1), single);
    assert.deepEqual(leftovers, ['canary']);
  });
});
