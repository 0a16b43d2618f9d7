import assert from 'node:assert/strict';
import type { TreeNode } from '../../src/tree/nodes.ts';
import { revealRow } from '../../src/tree/revealRow.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { selectingView } from '../support/selectingView.ts';
import { keyNode, namespaceNode } from '../support/treeNodes.ts';

describe('showing a row', () => {
  const parent = namespaceNode(new MemoryStore());
  const row = keyNode(parent, { name: 'a' });

  /** A view that takes no notice of the first calls. */
  function view(deaf: number, late = false) {
    const shown = Object.assign(selectingView(), {
      asked: 0,
      reveal: async (node: TreeNode): Promise<void> => {
        if (++shown.asked <= deaf) return;
        if (late) setImmediate(() => shown.select(node));
        else shown.select(node);
      },
    });
    return shown;
  }

  it('asks again for one that the view did not know', async () => {
    const shown = view(2);
    await revealRow(shown, row);
    assert.deepEqual([shown.asked, shown.selection], [3, [row]]);
  });

  it('asks once where the view hears a moment later what is selected, and knows a row that was made anew', async () => {
    const late = view(0, true);
    await revealRow(late, row);
    assert.equal(late.asked, 1);
    const anew = view(0);
    anew.reveal = async () => {
      anew.asked++;
      anew.select(keyNode(parent, { name: 'a' }));
    };
    await revealRow(anew, row);
    assert.equal(anew.asked, 1);
  });

  it('asks on while the view reads its rows anew for a second', async () => {
    const shown = view(0);
    const { reveal } = shown;
    const end = performance.now() + 1000;
    shown.reveal = async (node) => {
      if (performance.now() > end) await reveal(node);
    };
    await revealRow(shown, row);
    assert.deepEqual(shown.selection, [row]);
  });

  it('does not ask again once the user has selected another row', async () => {
    const shown = view(100);
    const { reveal } = shown;
    const other = keyNode(parent, { name: 'b' });
    shown.reveal = async (node) => {
      await reveal(node);
      if (shown.asked === 2) shown.select(other);
    };
    await revealRow(shown, row);
    assert.deepEqual([shown.asked, shown.selection], [2, [other]]);
  });

  it('asks on while what was selected before is unknown for a moment, because it is read anew', async () => {
    const shown = view(3);
    const { reveal } = shown;
    shown.select(keyNode(parent, { name: 'b' }));
    shown.forget();
    shown.reveal = async (node) => {
      await reveal(node);
      if (shown.asked === 2) shown.readAgain();
    };
    await revealRow(shown, row);
    assert.deepEqual([shown.asked, shown.selection], [4, [row]]);
  });

  it('asks again where the view rejects because it reads its rows anew, and rejects where that does not end', async () => {
    const shown = view(0);
    const { reveal } = shown;
    let rejections = 2;
    shown.reveal = async (node) => {
      if (rejections-- > 0) throw new Error('Data tree node not found');
      await reveal(node);
    };
    await revealRow(shown, row);
    assert.deepEqual(shown.selection, [row]);
    shown.select();
    rejections = 100;
    await assert.rejects(revealRow(shown, row), { message: 'Data tree node not found' });
  });

  it('gives up in the end', async () => {
    const shown = view(100);
    await revealRow(shown, row);
    assert.ok(shown.asked < 10);
  });
});
