import assert from 'node:assert/strict';
import { holders } from '../../src/commands/key/holders.ts';
import { KvError } from '../../src/core/base/errors.ts';
import { SourceRegistry } from '../../src/core/store/sourceRegistry.ts';
import type { KvSource } from '../../src/core/store/store.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';

describe('sources of which some cannot be read', () => {
  const refused = new KvError('unauthenticated', 'The sign-in has expired.');
  const damaged = new KvError('server', 'It is damaged.');
  const local = namespaceNode(new MemoryStore()).parent.source;
  const source = (id: string, over: Partial<KvSource> = {}): KvSource => ({
    ...local,
    id,
    namespaces: async () => [{ source: id, sourceKind: 'local', id: 'kv', title: id, bindings: [] }],
    store: () => new MemoryStore(),
    ...over,
  });
  const registry = (...sources: KvSource[]): SourceRegistry =>
    new SourceRegistry(
      [{ sources, onDidChange: () => ({ dispose: () => {} }), ready: Promise.resolve() }],
      () => undefined,
    );
  const fails = (error: unknown) => async () => {
    throw error;
  };

  it('are told with what is wrong, beside the namespaces of the others', async () => {
    const sources = registry(
      source('a', { namespaces: fails(refused) }),
      source('b'),
      source('c', { namespaces: fails(damaged) }),
    );
    const { namespaces, unlisted } = await sources.listing();
    assert.deepEqual(
      namespaces.map((one) => one.source),
      ['b'],
    );
    assert.deepEqual(
      unlisted.map((one) => [one.source.id, one.error]),
      [
        ['a', refused],
        ['c', damaged],
      ],
    );
    assert.deepEqual(await sources.namespaces(), namespaces);
  });

  it('name their namespaces by the last listing, else by id and side', async () => {
    const id = 'f1d28d28'.repeat(4);
    const of = { sourceKind: 'remote', id, bindings: [] } as const;
    const down = { kind: 'remote', label: 'Acme', namespaces: fails(refused) } as const;
    const loaded = { namespaces: [{ ...of, source: 'b', title: 'SESSIONS' }], freshMs: 0 };
    const sources = registry(source('a', down), source('b', { ...down, loaded }));
    assert.equal(await sources.nameOf({ source: 'a', id }), 'f1d2… (Acme)');
    assert.equal(await sources.nameOf({ source: 'b', id }), 'SESSIONS (Acme)');
    assert.equal(await sources.nameOf({ source: 'gone', id }), 'f1d2…');
  });

  it('keep nobody from finding a key in the others', async () => {
    const [full, empty, broken] = [new MemoryStore(), new MemoryStore(), new MemoryStore()];
    await full.put({ key: 'k', value: Buffer.from('') });
    broken.get = fails(damaged);
    const sources = registry(
      source('broken', { store: () => broken }),
      source('empty', { store: () => empty }),
      source('full', { store: () => full }),
    );
    const { holding, unread } = await holders(await sources.namespaces(), 'k', sources);
    assert.deepEqual(
      holding.map((one) => one.source),
      ['full'],
    );
    assert.deepEqual(
      unread.map(({ namespace, error }) => [namespace.source, error]),
      [['broken', damaged]],
    );
  });
});
