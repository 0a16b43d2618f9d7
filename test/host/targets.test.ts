import assert from 'node:assert/strict';
import { keysOfCall } from '../../src/commands/invocation/targets.ts';
import { isKvError } from '../../src/core/base/errors.ts';
import { KeyNode, type NamespaceNode } from '../../src/tree/nodes.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';

describe('the keys of selected rows', () => {
  const [one, other] = [namespaceNode(new MemoryStore()), namespaceNode(new MemoryStore())];
  const row = (namespace: NamespaceNode, name: string): KeyNode => new KeyNode(namespace, { name }, name);

  it('are those of one namespace', () => {
    assert.deepEqual(keysOfCall({ nodes: [row(one, 'a'), one, row(one, 'b')] }), {
      namespace: one.ref,
      keys: ['a', 'b'],
    });
  });

  it('are not silently less than what is selected', () => {
    assert.throws(
      () => keysOfCall({ nodes: [row(one, 'a'), row(other, 'b')] }),
      (error) => isKvError(error, 'invalidInput'),
    );
  });
});
