import assert from 'node:assert/strict';
import { RowSelection } from '../../src/tree/rowSelection.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { selectingView } from '../support/selectingView.ts';
import { keyNode, namespaceNode } from '../support/treeNodes.ts';

describe('the selected rows', () => {
  const parent = namespaceNode(new MemoryStore());
  const [a, b] = [keyNode(parent, { name: 'a' }), keyNode(parent, { name: 'b' })];

  it('are those that the view told of, while it reads rows anew', () => {
    const view = selectingView();
    const selection = new RowSelection(view);
    assert.deepEqual(selection.rows, []);
    view.select(a, b);
    view.forget();
    assert.deepEqual(selection.rows, [a, b]);
    assert.equal(selection.has(keyNode(parent, { name: 'b' })), true);
    view.readAgain();
    assert.equal(selection.rows, view.selection);
    view.select();
    assert.deepEqual(selection.rows, []);
  });

  it('are waited for until the view knows them again, and not for ever', async () => {
    const view = selectingView();
    const selection = new RowSelection(view);
    view.select(a);
    view.forget();
    const settled = selection.settled();
    setImmediate(() => view.readAgain());
    await settled;
    assert.deepEqual(view.selection, [a]);
    view.forget();
    await selection.settled();
    assert.deepEqual(selection.rows, [a]);
  });
});
