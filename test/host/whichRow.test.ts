import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { type DropPlace, dragAndDrop } from '../../src/tree/dragAndDrop.ts';
import { KeyNode, type NamespaceNode, type TreeNode } from '../../src/tree/nodes.ts';
import { eventually } from '../support/eventually.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { groupNode, namespaceNode } from '../support/treeNodes.ts';
import { closeEditors, freshKey, open, run, type TestNamespace, testNamespace } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

/** A row of the view for a namespace that exists. */
function rowOf({ namespace: { source, id } }: TestNamespace): NamespaceNode {
  const node = namespaceNode(new MemoryStore());
  node.namespace = { ...node.namespace, source, id };
  return node;
}

describe('the row that is meant', () => {
  const [one, two] = [testNamespace('which-one'), testNamespace('which-two')];
  const [first, second] = [rowOf(one), rowOf(two)];
  const key = (namespace: NamespaceNode, name: string): KeyNode => new KeyNode(namespace, { name }, name);
  let spy: WindowSpy;
  before(async () => {
    for (const name of ['user:1001', 'user:1002']) await one.put(name, name);
    await two.put('there', 'value');
  });
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });
  const titles = (): readonly string[] => spy.asked.map(({ text }) => text);
  const click = (name: string, clicked: TreeNode, ...selected: TreeNode[]): Thenable<unknown> =>
    run(name, clicked, selected);

  it('is the one whose button was pressed, whatever is selected', async () => {
    const made = freshKey();
    spy.answer = ({ how }) => (how === 'showInputBox' ? made : { read: async () => Buffer.from('') });
    await click('newKey', second, first, second);
    assert.deepEqual(titles(), ['New Key in which-two (local, shop)', `New Key “${made}” in which-two (local, shop)`]);
    assert.equal(await one.get(made), undefined);
    assert.equal((await two.get(made))?.value, '');
  });

  it('is the key whose tag was pressed', async () => {
    const [left, right] = [key(first, 'user:1001'), key(first, 'user:1002')];
    await click('editEntry', right, left, right);
    await eventually(() => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      assert.ok(input instanceof vscode.TabInputText);
      assert.equal(input.uri.toString(), one.entryUri('user:1002').toString());
    });
  });

  it('is every selected one for what is about many, when the clicked one is among them', async () => {
    const rows = [key(first, 'user:1001'), key(first, 'user:1002')];
    await click('deleteKeys', rows[0] as KeyNode, ...rows);
    await click('deleteKeys', rows[0] as KeyNode);
    assert.deepEqual(titles(), [
      'Delete 2 keys from which-one (local, shop)?',
      'Delete 1 key from which-one (local, shop)?',
    ]);
  });

  it('is nothing for a key press while no row is selected', async () => {
    await eventually(async () => {
      await vscode.commands.executeCommand('cloudflareKv.tree.focus');
      // The selection, and then the focus.
      for (let i = 0; i < 2; i++) await vscode.commands.executeCommand('list.clear');
      await vscode.env.clipboard.writeText('nothing');
      await run('copyKeyName', { from: 'selection' });
      // A row that an earlier test revealed may be selected late.
      assert.equal(await vscode.env.clipboard.readText(), 'nothing');
    });
    for (const name of ['deleteKeys', 'renameKey', 'copyKeyName', 'clearNamespace', 'exportKeys', 'signOut', 'pin']) {
      assert.equal(await run(name, { from: 'selection' }), undefined, name);
    }
    assert.deepEqual(titles(), []);
  });

  it('is a namespace for the keys of its row: F2 renames it, Delete asks to delete it', async () => {
    await run('refresh', {});
    await vscode.commands.executeCommand('cloudflareKv.tree.focus');
    // From the row of a key, which is there by then, to that of its namespace.
    assert.equal(await run('revealKey', { namespace: two.namespace, key: 'there' }), true);
    await vscode.commands.executeCommand('list.collapse');
    await run('deleteKeys', { from: 'selection' });
    const [question] = spy.asked;
    assert.match(question?.text ?? '', /^Delete which-two \(local, shop\) with .*keys?\?$/);
    assert.match(question?.detail ?? '', /^This cannot be undone\./);
    await run('renameKey', { from: 'selection' });
    assert.match(spy.asked.at(-1)?.text ?? '', /was not renamed: a local namespace has the name of its binding\.$/);
    assert.deepEqual(
      spy.asked.map(({ how }) => how),
      ['showWarningMessage', 'showErrorMessage'],
    );
  });

  it('is said in the title where the open value decides', async () => {
    await open(two.uri('there'));
    await run('newKey');
    assert.deepEqual(titles(), ['New Key in which-two (local, shop)']);
  });

  it('is said by every prompt, with key, namespace and side', async () => {
    const row = key(first, 'user:1001');
    spy.answer = () => undefined;
    for (const name of ['renameKey', 'duplicateKey', 'setExpiration', 'saveKeyAs', 'putKey']) await click(name, row);
    assert.deepEqual(titles(), [
      'Rename “user:1001” in which-one (local, shop)',
      'Duplicate “user:1001” in which-one (local, shop)',
      'Set Expiration of “user:1001” in which-one (local, shop)',
      'Download “user:1001” of which-one (local, shop)',
      'Put Value of “user:1001” in which-one (local, shop)',
    ]);
    spy.asked.length = 0;
    await click('exportKeys', second, first);
    for (const name of ['filterByPrefix', 'importKeys', 'deleteKeysInFile', 'searchValues']) {
      await click(name, second, first, second);
    }
    assert.deepEqual(titles(), [
      'Export Keys of which-two (local, shop)',
      'Filter which-two (local, shop) by Prefix',
      'Import Keys into which-two (local, shop)',
      'Delete Keys in File from which-two (local, shop)',
      'Search Values and Metadata: which-two (local, shop)',
    ]);
  });

  it('is refused before anything is asked where it is read-only', async () => {
    const guarded = testNamespace('which-guarded');
    await guarded.put('k', 'v');
    const row = rowOf(guarded);
    assert.equal(await run('toggleReadOnly', { namespace: guarded.namespace }), true);
    try {
      for (const name of ['newKey', 'putKey', 'clearNamespace', 'importKeys', 'deleteNamespace', 'deleteKeysInFile']) {
        await click(name, row);
      }
      for (const name of ['renameKey', 'duplicateKey', 'deleteKeys', 'setExpiration', 'putKey']) {
        await click(name, key(row, 'k'));
      }
      await click('syncNamespace', row, first, row);
      assert.deepEqual([...new Set(spy.asked.map(({ how }) => how))], ['showErrorMessage']);
      assert.equal(spy.asked.length, 12);
      // Where the destination is asked for, nothing is asked after it.
      for (const name of ['copyKeys', 'syncNamespace']) {
        spy.asked.length = 0;
        spy.answer = ({ how }) => (how === 'showQuickPick' ? { namespace: guarded.namespace } : undefined);
        await click(name, first, first);
        assert.deepEqual(
          spy.asked.map(({ how }) => how),
          ['showQuickPick', 'showErrorMessage'],
          name,
        );
        assert.match(spy.asked[1]?.text ?? '', /read-only/);
      }
    } finally {
      await run('toggleReadOnly', { namespace: guarded.namespace });
    }
  });
});

describe('a drop', () => {
  const namespace = namespaceNode(new MemoryStore());
  const home = groupNode(namespace, 'home/');
  const places: DropPlace[] = [];
  const controller = dragAndDrop({
    dropKeys: async (_, to) => void places.push(to),
    dropFiles: async (_, to) => void places.push(to),
  });
  const dropOn = async (target: TreeNode): Promise<DropPlace | undefined> => {
    const transfer = new vscode.DataTransfer();
    transfer.set('text/uri-list', new vscode.DataTransferItem('file:///a.txt'));
    await controller.handleDrop?.(target, transfer, new vscode.CancellationTokenSource().token);
    return places.pop();
  };

  it('on a group, or on a key in it, is a drop into it', async () => {
    const inHome = { namespace: namespace.ref, prefix: 'home/' };
    assert.deepEqual(await dropOn(home), inHome);
    assert.deepEqual(await dropOn(new KeyNode(home, { name: 'home/banner' }, 'banner')), inHome);
    assert.deepEqual(await dropOn(namespace), { namespace: namespace.ref, prefix: '' });
    assert.deepEqual(await dropOn(new KeyNode(namespace, { name: 'x' }, 'x')), {
      namespace: namespace.ref,
      prefix: '',
    });
    assert.equal(await dropOn(namespace.parent), undefined);
  });
});
