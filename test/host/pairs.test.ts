import assert from 'node:assert/strict';
import { pairOf } from '../../src/commands/invocation/pairs.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { groupNode, keyNode, namespaceNode } from '../support/treeNodes.ts';
import { expectKvError } from './support.ts';

describe('rows of two namespaces', () => {
  const store = new MemoryStore();
  const [one, other] = [namespaceNode(store), namespaceNode(store)];
  other.namespace = { ...other.namespace, id: 'other' };
  const [first, second] = [one.ref, other.ref];
  const everything = { keys: [], prefixes: [''] };
  afterEach(() => {
    one.filter = '';
    other.filter = '';
  });

  it('are compared whole, in the order of the selection', () => {
    assert.deepEqual(pairOf([]), { selection: everything });
    assert.deepEqual(pairOf([one]), { first, selection: everything });
    assert.deepEqual(pairOf([other, one]), { first: second, second: first, selection: everything });
    assert.deepEqual(pairOf([one, keyNode(one, { name: 'k' })]), { first, selection: everything });
  });

  it('are compared as far as groups, keys and filters reach', () => {
    const group = groupNode(one, 'user:');
    const rows = [group, keyNode(one, { name: 'user:1' }), keyNode(one, { name: 'k' })];
    const selection = { keys: ['k'], prefixes: ['user:'] };
    assert.deepEqual(pairOf(rows), { first, selection });
    assert.deepEqual(pairOf([...rows, other]), { first, second, selection });
    assert.deepEqual(pairOf([other, group]), {
      first: second,
      second: first,
      selection: { keys: [], prefixes: ['user:'] },
    });
    one.filter = 'a';
    assert.deepEqual(pairOf([one, other]).selection, { keys: [], prefixes: ['a'] });
    other.filter = 'ab';
    assert.deepEqual(pairOf([one, other]).selection, { keys: [], prefixes: ['a'] });
    other.filter = 'b';
    assert.deepEqual(pairOf([one, other]).selection, { keys: [], prefixes: ['a', 'b'] });
  });

  it('are two at most', async () => {
    const third = namespaceNode(store);
    await expectKvError(
      Promise.resolve().then(() => pairOf([one, other, third])),
      'invalidInput',
      'two namespaces',
    );
  });
});
