import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { keyToSegment } from '../../src/core/keys/keyPath.ts';
import { activityItem } from '../../src/tree/activity/activityItems.ts';
import {
  GroupNode,
  KeyNode,
  MoreNode,
  NoteNode,
  ProblemNode,
  SourceNode,
  type TreeNode,
} from '../../src/tree/nodes.ts';
import { type RowState, treeItem } from '../../src/tree/treeItems.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { groupNode, namespaceNode } from '../support/treeNodes.ts';
import { inSeconds, workspace } from './support.ts';

const plain: RowState = {
  lastMinute: 'seconds',
  isPinned: () => false,
  isReadOnly: () => false,
  hasCounterpart: () => false,
};
const row = (node: TreeNode, look = plain): vscode.TreeItem => treeItem(node, look);
const spoken = (node: TreeNode): string | undefined => row(node).accessibilityInformation?.label;
const icon = ({ iconPath }: vscode.TreeItem): string | undefined =>
  iconPath instanceof vscode.ThemeIcon ? iconPath.id : undefined;

describe('rows of the view', () => {
  const namespace = namespaceNode(new MemoryStore(), [':']);
  const source = namespace.parent;
  const key = (name: string, extras: object = {}): KeyNode => new KeyNode(namespace, { name, ...extras }, name);
  const group = (prefix: string): GroupNode => groupNode(namespace, prefix);

  it('name a source with its side', () => {
    const item = row(source);
    assert.deepEqual([item.label, icon(item), item.contextValue], ['Local · shop', 'device-desktop', 'source.local']);
  });

  it('say of a source that its dev server looks elsewhere, and why that matters', () => {
    const status = { devServer: 'elsewhere', port: 8787, folder: '/data/persisted' } as const;
    const item = row(new SourceNode(Object.assign(Object.create(source.source), { status })));
    assert.equal(item.description, 'data in /data/persisted · dev server on 8787');
    assert.match(String(item.tooltip), /^Local · shop\n.* nothing can be written here while it runs\. .*stateFolders/);
    assert.equal(row(source).tooltip, undefined);
  });

  it('show a namespace by its name, and whether it is filtered, pinned or read-only', () => {
    assert.deepEqual(
      [row(namespace).label, row(namespace).description, icon(row(namespace))],
      ['KV', 'kv', 'database'],
    );
    assert.equal(row(namespace).contextValue, 'namespace.local.writable');
    const { namespace: described } = namespace;
    namespace.namespace = { ...described, bindings: [{ name: 'KV', config: '/shop/wrangler.toml', field: 'name' }] };
    assert.equal(row(namespace).contextValue, 'namespace.local.writable.withoutId');
    namespace.namespace = described;
    const look: RowState = { ...plain, isPinned: () => true, isReadOnly: () => true, hasCounterpart: () => true };
    namespace.filter = 'user:';
    const item = row(namespace, look);
    namespace.filter = '';
    assert.equal(item.description, 'filter: user: · pinned · read-only · kv');
    assert.deepEqual([icon(item), item.contextValue], ['lock', 'namespace.local.readonly.pinned.filtered.paired']);
    assert.equal(row(key('a'), look).contextValue, 'key.local.readonly.paired');
  });

  it('show when a key expires and a hint of its metadata', () => {
    const item = row(key('user:1', { expiration: inSeconds(300), metadata: { by: 'anna' } }));
    assert.match(String(item.description), /^in (5 min|4 min) · \{"by":"anna"\}$/);
    const long = row(key('k', { metadata: 'ä'.repeat(100) }));
    assert.equal([...String(long.description)].length, 30);
    assert.ok(String(long.description).endsWith('…'));
    assert.equal(row(key('k', { metadata: 0 })).description, '0');
    assert.equal(row(key('k', { metadata: null })).description, '');
  });

  it('let every character of a name be seen', () => {
    assert.equal(row(key(' a\u202eb ')).label, '␣a[U+202E]b␣');
    assert.deepEqual([row(group(' :')).label, row(group(' :')).tooltip], ['␣:', '␣:']);
    assert.equal(spoken(key('two\nlines')), 'two␊lines, key, local');
    assert.equal(spoken(group('\t:')), '␉:, group of keys, local');
  });

  it('take a file’s icon where the key ends as a file’s name does', () => {
    assert.equal(icon(row(key('a/b.json'))), vscode.ThemeIcon.File.id);
    for (const name of ['greeting', 'user:1', '.x', 'a.', '1.2.3.', 'v:.json'])
      assert.equal(icon(row(key(name))), 'symbol-string', name);
  });

  it('say to a screen reader what they are', () => {
    const expiring = key('user:1', { expiration: inSeconds(300), metadata: 1 });
    assert.match(spoken(expiring) ?? '', /^user:1, key, expires in [45] minutes, has metadata, local$/);
    assert.equal(spoken(key('greeting')), 'greeting, key, local');
    assert.equal(spoken(group('user:')), 'user:, group of keys, local');
    assert.equal(spoken(namespace), 'KV, namespace, kv, local');
    assert.equal(spoken(new MoreNode(namespace, false)), 'Load More, 0 read');
  });

  it('of activity say what happened before where, and the time to the second', () => {
    const at = new Date(2026, 10, 21, 12, 1, 5, 120).getTime();
    const [before, after] = [1, 2].map((size) => ({ value: String(size), size }));
    assert.ok(before && after);
    const event = { what: 'put', key: 'k', at, namespace: 'kv', before, after } as const;
    const { label, description, tooltip } = activityItem({ number: 1, event }, 'SESSIONS');
    assert.deepEqual([label, description], ['12:01:05  k', 'put · 1 byte → 2 bytes · SESSIONS']);
    assert.equal(tooltip, 'k\nSESSIONS\n12:01:05.120\nput\n1 byte → 2 bytes');
  });

  it('have ids of their own, whatever the keys', () => {
    const names = ['a', 'A', 'a:', 'a:b', 'a/b', 'more', 'note', 'g', '..', ' '];
    const nodes: TreeNode[] = [
      source,
      namespace,
      ...names.flatMap((name) => [key(name), group(name)]),
      new MoreNode(namespace, false),
      new MoreNode(namespace, true),
      new NoteNode(namespace, 'empty', 'No keys yet'),
      new MoreNode(group('a:'), false),
      new NoteNode(source, 'error', 'x'),
      new GroupNode(namespace, 'a:', 'a:', () => namespace.level, true),
    ];
    const ids = nodes.map((node) => row(node).id);
    assert.equal(new Set(ids).size, nodes.length);
    assert.ok(ids.some((id) => id?.includes(keyToSegment('a/b'))));
  });

  it('tell the last minute as a whole where many do', () => {
    const look: RowState = { ...plain, lastMinute: 'whole' };
    assert.equal(row(key('a', { expiration: inSeconds(50) }), look).description, 'in under 1 min');
    assert.match(String(row(key('a', { expiration: inSeconds(50) })).description), /^in \d+ s$/);
  });

  it('tell what is wrong with a config, and open it at the place', () => {
    const path = join(workspace, 'packages', 'api', 'wrangler.toml');
    const item = row(new ProblemNode(source, { path, line: 12, message: 'expected "]"' }));
    assert.deepEqual([item.label, item.description], ['packages/api/wrangler.toml', 'line 12: expected "]"']);
    assert.equal(icon(item), 'warning');
    assert.equal(item.command?.command, 'vscode.open');
    const [uri, options] = item.command?.arguments ?? [];
    assert.equal(uri.fsPath, path);
    assert.equal(options.selection.start.line, 11);
    const folder = row(
      new ProblemNode(source, { path: join(workspace, '.wrangler'), message: 'a circle', isFolder: true }),
    );
    assert.deepEqual([folder.label, folder.description, folder.command], ['.wrangler', 'a circle', undefined]);
  });

  it('offer what can be done where there is nothing, too much, or an error', () => {
    const commandOf = (note: NoteNode['note']): string | undefined =>
      row(new NoteNode(namespace, note, 'text')).command?.command;
    assert.equal(commandOf('empty'), 'cloudflareKv.newKey');
    assert.equal(commandOf('tooMany'), 'cloudflareKv.filterByPrefix');
    assert.equal(commandOf('error'), 'cloudflareKv.refresh');
    assert.equal(row(new MoreNode(namespace, true)).command?.command, 'cloudflareKv.loadAll');
    assert.equal(row(new MoreNode(namespace, false)).command?.command, 'cloudflareKv.loadMore');
  });
});
