import assert from 'node:assert/strict';
import type { KvPage, KvWrite, ListQuery } from '../../src/core/store/store.ts';
import type { NamespaceNode, ParentNode } from '../../src/tree/nodes.ts';
import { refreshAfter } from '../../src/tree/refreshAfter.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';

const value = Buffer.from('v');
const numbered = (number: number): string => `k${String(number).padStart(4, '0')}`;

/** What the rows make of a write; a read that it needs waits for the one that is under way. */
interface Written {
  readonly shown: Promise<unknown>;
}

/** Can keep a page back that it has made already. */
class SlowPages extends MemoryStore {
  /** Writes something while the answer to the list with this number, from now, is on its way. */
  async during(number: number, reading: () => Promise<unknown>, write: () => Promise<Written>): Promise<void> {
    const [made, sent] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let lists = 0;
    this.#afterList = async () => {
      if (++lists !== number) return;
      made.resolve();
      await sent.promise;
    };
    const ended = reading();
    await made.promise;
    const { shown } = await write();
    sent.resolve();
    await Promise.all([ended, shown]);
  }

  #afterList: (() => Promise<void>) | undefined;

  override async list(query: ListQuery, signal?: AbortSignal): Promise<KvPage> {
    const page = await super.list(query, signal);
    await this.#afterList?.();
    return page;
  }
}

describe('rows that are written while they are read', () => {
  let store: SlowPages;
  let node: NamespaceNode;
  const names = (parent: ParentNode = node): string[] =>
    parent.level.rows.map((row) => (row.kind === 'key' ? row.key : row.prefix));
  const stored = (): string[] => store.entries.map(({ key }) => key);

  const show = (...writes: KvWrite[]): Written => ({
    shown: refreshAfter(node, [
      { source: node.ref.source, namespace: node.ref.id, keys: writes.map(({ name }) => name), wrote: writes },
    ]),
  });
  const drop = async (...keys: string[]): Promise<Written> => {
    await store.deleteMany(keys);
    return show(...keys.map((name) => ({ name, isDeleted: true })));
  };

  beforeEach(async () => {
    store = new SlowPages();
    await store.putMany(Array.from({ length: 3500 }, (_, number) => ({ key: numbered(number), value })));
    node = namespaceNode(store, [':']);
  });

  for (const [name, load] of [
    ['“Load All”', () => node.level.all()],
    ['“Load More”', () => node.level.more()],
  ] as const) {
    it(`stay away when ${name} ends, whether their page had come or not`, async () => {
      await node.level.first();
      await store.during(1, load, () => drop(numbered(5), numbered(999), numbered(1500)));
      assert.deepEqual(names(), stored().slice(0, names().length));
      assert.deepEqual([node.level.rowOf(numbered(5)), node.level.rowOf(numbered(1500))], [undefined, undefined]);
      assert.equal(node.level.keysRead, names().length);
      await node.level.all();
      assert.deepEqual([names(), node.level.keysRead], [stored(), 3497]);
    });
  }

  it('are taken out at once, and further pages show all the same', async () => {
    await node.level.first();
    await store.during(
      2,
      () => node.level.all(),
      async () => {
        const written = await drop(numbered(5));
        assert.deepEqual([names().includes(numbered(5)), names().length], [false, 1999]);
        return written;
      },
    );
    assert.deepEqual(names(), stored());
  });

  it('stay away when a refresh ends that had listed them', async () => {
    await node.level.all();
    await store.during(
      2,
      () => node.level.refresh(),
      () => drop(numbered(5), numbered(1500)),
    );
    assert.deepEqual([names(), node.level.keysRead], [stored(), 3498]);
  });

  it('read as they were written, when a refresh ends that had listed them', async () => {
    await node.level.all();
    const written = { name: numbered(1500), metadata: { by: 'us' } };
    await store.during(
      2,
      () => node.level.refresh(),
      async () => {
        await store.put({ key: written.name, value, metadata: written.metadata });
        return show(written);
      },
    );
    const row = node.level.rowOf(written.name);
    assert.ok(row?.kind === 'key');
    assert.equal(row.hint, '{"by":"us"}');
  });

  it('are right after the first read of all', async () => {
    await store.during(
      1,
      () => node.level.first(),
      async () => {
        await store.put({ key: 'a', value });
        await store.delete(numbered(5));
        return show({ name: 'a' }, { name: numbered(5), isDeleted: true });
      },
    );
    assert.deepEqual(names(), stored().slice(0, 1000));
  });

  it('take their group with them', async () => {
    await store.putMany(['a:1', 'a:2', 'b:1'].map((key) => ({ key, value })));
    await node.level.first();
    const [group] = node.level.rows;
    assert.ok(group?.kind === 'group');
    await group.level.first();
    await store.during(
      1,
      () => node.level.refresh({ groups: false }),
      () => drop('a:1', 'a:2', 'b:1'),
    );
    assert.deepEqual(names().slice(0, 2), [numbered(0), numbered(1)]);
  });

  it('take a group with them that only the refresh has found', async () => {
    await node.level.first();
    await node.level.more();
    await store.putMany(['a:1', 'a:2'].map((key) => ({ key, value })));
    await store.during(
      2,
      () => node.level.refresh(),
      () => drop('a:1', 'a:2'),
    );
    assert.deepEqual(names(), stored().slice(0, 2000));
  });
});
