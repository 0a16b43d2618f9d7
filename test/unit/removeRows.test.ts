import assert from 'node:assert/strict';
import type { ParentNode, RowNode } from '../../src/tree/nodes.ts';
import { removeRows } from '../../src/tree/removeRows.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';

describe('taking rows out of the tree', () => {
  const read = async (keys: readonly string[]): Promise<ParentNode> => {
    const store = new MemoryStore();
    await store.putMany(keys.map((key) => ({ key, value: Buffer.from('v') })));
    const node = namespaceNode(store, [':']);
    await node.level.all();
    for (const row of node.level.rows) if (row.kind === 'group') await row.level.all();
    return node;
  };
  const below = (parent: ParentNode): readonly RowNode[] =>
    parent.level.rows.flatMap((row) => (row.kind === 'group' ? row.level.rows : [row]));

  it('goes through a level once, however many of its rows go', async () => {
    const node = await read(Array.from({ length: 3000 }, (_, i) => `k${i}`));
    let passes = 0;
    const { remove } = node.level;
    node.level.remove = (rows) => {
      passes++;
      remove.call(node.level, rows);
    };
    assert.deepEqual([...removeRows(node.level.rows.slice(0, 2999))], [node]);
    assert.deepEqual([passes, node.level.rows.length], [1, 1]);
  });

  it('takes a group out with the last of its keys, and names who has other rows now', async () => {
    const node = await read(['a:1', 'a:2', 'b:1', 'b:2', 'c']);
    const b = node.level.rows[1];
    const gone = below(node).filter((row) => row.kind === 'key' && ['a:1', 'a:2', 'b:1'].includes(row.key));
    assert.deepEqual(removeRows(gone), new Set([b, node]));
    assert.deepEqual(
      node.level.rows.map((row) => (row.kind === 'key' ? row.key : row.prefix)),
      ['b:', 'c'],
    );
  });
});
