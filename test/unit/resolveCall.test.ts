import assert from 'node:assert/strict';
import type { Call } from '../../src/commands/invocation/call.ts';
import {
  isKeyPress,
  keyOfCall,
  keysAndGroupsOfCall,
  keysOfCall,
  neighbourOf,
  pairOf,
  placeOfCall,
  rowOf,
  rowsOf,
  selectedOfCall,
  wholeNamespaceOf,
} from '../../src/commands/invocation/resolve.ts';
import { isKvError } from '../../src/core/base/errors.ts';
import { KeyNode, NoteNode, type TreeNode } from '../../src/tree/nodes.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { groupNode, keyNode, namespaceNode } from '../support/treeNodes.ts';

const isInvalid = (error: unknown): boolean => isKvError(error, 'invalidInput');

describe('what a call is about', () => {
  const store = new MemoryStore();
  const [sessions, flags] = [namespaceNode(store), namespaceNode(store)];
  flags.namespace = { ...flags.namespace, id: 'flags' };
  const [one, two] = [keyNode(sessions, { name: 'user:1' }), keyNode(sessions, { name: 'user:2' })];
  const user = groupNode(sessions, 'user:');
  const click = (clicked: TreeNode, ...selected: TreeNode[]): Call => ({ from: 'row', clicked, selected });
  const press = (...selected: TreeNode[]): Call => ({ from: 'row', selected });
  const shown = { namespace: sessions.ref, key: 'open' };
  const document = (isOnlyActive: boolean): Call => ({
    from: 'document',
    isOnlyActive,
    shown,
    // Only passed on.
    uri: undefined as never,
  });
  const palette: Call = { from: 'palette' };
  const ofFiles: Call = { from: 'files', files: [] };

  it('is for one thing the row that was clicked, whatever is selected', () => {
    assert.equal(rowOf(click(two, one, two)), two);
    assert.deepEqual(keyOfCall(click(two, one, two)), { namespace: sessions.ref, key: 'user:2' });
    assert.deepEqual(placeOfCall(click(flags, sessions, flags)), { namespace: flags.ref, prefix: '' });
    assert.deepEqual(wholeNamespaceOf(click(flags, sessions, flags)), flags.ref);
  });

  it('is for many the selection when the clicked row is in it, else the clicked row', () => {
    assert.deepEqual(rowsOf(click(two, one, two)), [one, two]);
    assert.deepEqual(rowsOf(click(two, one)), [two]);
    assert.deepEqual(rowsOf(click(two)), [two]);
    assert.deepEqual(keysOfCall(click(two, one, two)), {
      namespace: sessions.ref,
      selection: { keys: ['user:1', 'user:2'], prefixes: [] },
    });
  });

  it('is for a key press one row, or nothing where one is not certain', () => {
    assert.deepEqual([isKeyPress(press(one)), isKeyPress(click(one)), isKeyPress(palette)], [true, false, false]);
    assert.equal(rowOf(press(one)), one);
    assert.equal(rowOf(press(one, two)), undefined);
    assert.equal(rowOf(press()), undefined);
    assert.deepEqual(rowsOf(press(one, two)), [one, two]);
  });

  it('is a document’s key, and its namespace', () => {
    assert.equal(keyOfCall(document(true)), shown);
    assert.deepEqual(placeOfCall(document(false)), { namespace: sessions.ref, prefix: '' });
    assert.deepEqual(selectedOfCall(document(false))?.selection, { keys: ['open'], prefixes: [] });
    assert.equal(wholeNamespaceOf(document(false)), undefined, 'a value does not stand for all the others');
  });

  it('is a group or a filter as far as it reaches', () => {
    assert.deepEqual(placeOfCall(click(user)), { namespace: sessions.ref, prefix: 'user:' });
    const inside = new KeyNode(user, { name: 'user:3' }, '3');
    assert.deepEqual(placeOfCall(click(inside)), { namespace: sessions.ref, prefix: 'user:' });
    assert.deepEqual(placeOfCall(click(new NoteNode(user, 'empty', ''))), { namespace: sessions.ref, prefix: 'user:' });
    assert.deepEqual(keysAndGroupsOfCall(press(user, one, sessions))?.selection, { keys: [], prefixes: ['user:'] });
    sessions.filter = 'a';
    assert.deepEqual(selectedOfCall(press(sessions))?.selection, { keys: [], prefixes: ['a'] });
    sessions.filter = '';
  });

  it('is none of the rows’ business from the palette', () => {
    assert.deepEqual(
      [rowOf(palette), rowsOf(palette), keyOfCall(palette), placeOfCall(palette), selectedOfCall(palette)],
      [undefined, [], undefined, undefined, undefined],
    );
    assert.equal(placeOfCall(click(sessions.parent)), undefined);
  });

  it('is no namespace for files, which is asked for', () => {
    assert.deepEqual(
      [isKeyPress(ofFiles), keyOfCall(ofFiles), placeOfCall(ofFiles), wholeNamespaceOf(ofFiles)],
      [false, undefined, undefined, undefined],
    );
  });

  it('is never silently less than what is selected', () => {
    const foreign = keyNode(flags, { name: 'a' });
    assert.deepEqual(keysOfCall(press(one, sessions, two))?.selection.keys, ['user:1', 'user:2']);
    for (const find of [keysOfCall, keysAndGroupsOfCall, selectedOfCall]) {
      assert.throws(() => find(press(one, foreign)), isInvalid);
    }
    assert.deepEqual(keysOfCall(click(foreign, one))?.namespace, flags.ref);
  });
});

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

  it('are two at most', () => {
    assert.throws(() => pairOf([one, other, namespaceNode(store)]), isInvalid);
  });
});

describe('the neighbour of rows that go', () => {
  const store = new MemoryStore();
  const namespace = namespaceNode(store);
  const keys = (...names: string[]): KeyNode[] =>
    namespace.level.rows.filter((row) => row.kind === 'key' && names.includes(row.key)) as KeyNode[];
  const neighbour = (...names: string[]): unknown => {
    const row = neighbourOf(keys(...names));
    return row?.kind === 'key' ? row.key : row?.kind;
  };
  before(async () => {
    for (const key of ['a', 'b', 'c', 'd']) await store.put({ key, value: new Uint8Array() });
    await namespace.level.first();
  });

  it('is the next that stays, else the one before, else what they stood in', () => {
    assert.equal(neighbour('b'), 'c');
    assert.equal(neighbour('a', 'c'), 'd');
    assert.equal(neighbour('d'), 'c');
    assert.equal(neighbour('c', 'd'), 'b');
    assert.equal(neighbour('a', 'b', 'c', 'd'), 'namespace');
    assert.equal(neighbourOf([]), undefined);
  });
});
