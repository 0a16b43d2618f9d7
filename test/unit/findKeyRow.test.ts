import assert from 'node:assert/strict';
import { isKvError } from '../../src/core/base/errors.ts';
import { findKeyRow } from '../../src/tree/findKeyRow.ts';
import { MOST_ROWS } from '../../src/tree/level.ts';
import type { NamespaceNode, ParentNode } from '../../src/tree/nodes.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';

describe('the row of a key', () => {
  const numbered = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(5, '0')}`);
  const keys = [...numbered('k', 1500), ...numbered('p:q:', 1200), 'a:1', 'a::1', 'p:'];
  let node: NamespaceNode;
  let read: string[];
  const readOn = async (parent: ParentNode): Promise<void> => {
    read.push(parent.kind === 'group' ? parent.prefix : '');
    await parent.level.more();
  };
  const find = async (key: string, readsOn = true): Promise<string> => {
    const found = await findKeyRow(node, key, {}, readsOn ? readOn : undefined);
    return typeof found === 'string'
      ? found
      : `${found.parent.kind === 'group' ? found.parent.prefix : ''} ${found.key}`;
  };

  beforeEach(async () => {
    const store = new MemoryStore();
    for (const key of keys) await store.put({ key, value: new Uint8Array() });
    node = namespaceNode(store, [':', '::']);
    read = [];
  });

  it('is found on the first page, in a group, and in a group beside it that a longer delimiter makes', async () => {
    assert.equal(await find('k00000'), ' k00000');
    assert.equal(await find('a:1'), 'a: a:1');
    assert.equal(await find('a::1'), 'a:: a::1');
    assert.deepEqual(read, []);
  });

  it('is found on later pages, no more of which are read than it takes', async () => {
    assert.equal(await find('k01200'), ' k01200');
    assert.deepEqual(read, ['']);
    assert.equal(await find('p:q:01100'), 'p:q: p:q:01100');
    assert.deepEqual(read, ['', 'p:q:']);
    assert.equal(await find('p:'), 'p: p:');
  });

  it('is not looked for on further pages where nobody reads on', async () => {
    assert.equal(await find('k01200', false), 'notRead');
    assert.equal(await find('k00001', false), ' k00001');
  });

  it('is not read beyond as many rows as a view takes', async () => {
    const store = new MemoryStore();
    for (const key of numbered('k', MOST_ROWS + 1)) await store.put({ key, value: new Uint8Array() });
    node = namespaceNode(store);
    assert.equal(await find(`k${String(MOST_ROWS).padStart(5, '0')}`), 'notRead');
    assert.equal(read.length, MOST_ROWS / 1000 - 1);
  });

  it('is missing when all has been read', async () => {
    assert.equal(await find('a:2'), 'missing');
    assert.deepEqual(read, []);
    assert.equal(await find('z'), 'missing');
  });

  it('is no longer looked for once that is cancelled', async () => {
    const stop = new AbortController();
    const stopping = async (parent: ParentNode): Promise<void> => {
      await readOn(parent);
      stop.abort();
    };
    await assert.rejects(findKeyRow(node, 'p:q:00000', stop, stopping), (error) => isKvError(error, 'cancelled'));
    assert.deepEqual(read, ['']);
  });
});
