import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { KvNamespace, KvSource } from '../../src/core/store/store.ts';
import { commandId, commandNames } from '../../src/ids.ts';
import { KeyNode, NamespaceNode, SourceNode } from '../../src/tree/nodes.ts';
import { failedTooltip, keyTooltip, namespaceTooltip } from '../../src/tree/tooltips.ts';
import { treeItem } from '../../src/tree/treeItems.ts';
import { eventually } from '../support/eventually.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';
import { closeEditors, testNamespace } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

/** The commands that a tooltip links, with their arguments. */
function linksOf({ value, isTrusted }: vscode.MarkdownString): { command: string; args: unknown[] }[] {
  // The last line: a key or value above it, in code font, may look like a link.
  const line = value.split('\n').at(-1) ?? '';
  const links = [...line.matchAll(/\]\(command:([^?)]+)\?([^)]*)\)/g)];
  assert.equal(links.length, line.split('](').length - 1, 'every link is whole');
  return links.map(([, command = '', query = '']) => {
    assert.ok(typeof isTrusted === 'object' && isTrusted.enabledCommands.includes(command), command);
    const args: unknown = JSON.parse(decodeURIComponent(query));
    assert.ok(Array.isArray(args));
    return { command, args };
  });
}

describe('tooltips', () => {
  const kv = testNamespace('host-tooltips');
  const parent = namespaceNode(new MemoryStore());
  const { source } = parent.parent;
  const rowOf = (fields: Partial<KvNamespace>, of: Partial<KvSource> = {}): NamespaceNode =>
    new NamespaceNode(new SourceNode({ ...source, ...of }), { ...parent.namespace, ...fields }, () => parent.level);
  const tooltipOf = (key: string, entry?: Partial<KvEntry>): vscode.MarkdownString => {
    const row = new KeyNode(rowOf({ source: kv.namespace.source, id: kv.namespace.id }), { name: key }, key);
    return keyTooltip(row, source, { key, value: Buffer.from('v'), ...entry });
  };
  let spy: WindowSpy;
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  it('link commands that exist, whatever the key', () => {
    for (const key of ['greeting', 'a)b(c', '](command:x)', '`%29`', 'ä/ö?#"\'', '<a href="x">', 'two\nlines']) {
      const links = linksOf(tooltipOf(key, { metadata: { key }, value: Buffer.from(key) }));
      assert.deepEqual(
        links.map(({ command }) => command),
        ['openKey', 'editEntry', 'copyKeyName'].map((name) => `cloudflareKv.${name}`),
      );
      for (const { command } of links) assert.ok(commandNames.map<string>(commandId).includes(command), command);
    }
  });

  it('link what does it', async () => {
    const key = 'a)b(c ä%29';
    await kv.put(key, 'there');
    const [open, edit, copy] = linksOf(tooltipOf(key));
    for (const link of [open, edit, copy]) {
      assert.ok(link);
      await vscode.commands.executeCommand(link.command, ...link.args);
    }
    await eventually(() =>
      assert.deepEqual(
        vscode.window.tabGroups.all.flatMap(({ tabs }) =>
          tabs.map(({ input }) => input instanceof vscode.TabInputText && input.uri.toString()),
        ),
        [kv.uri(key), kv.entryUri(key)].map(String),
      ),
    );
    assert.equal(await vscode.env.clipboard.readText(), key);
    assert.equal(spy.asked.length, 0);
  });

  it('link what says why it cannot', async () => {
    const [open] = linksOf(tooltipOf('gone-meanwhile'));
    assert.ok(open);
    await vscode.commands.executeCommand(open.command, ...open.args);
    assert.deepEqual(
      spy.asked.map(({ how }) => how),
      ['showErrorMessage'],
    );
    assert.match(spy.asked[0]?.text ?? '', /“gone-meanwhile” does not exist/);
  });

  it('break a long key into lines', () => {
    const lines = tooltipOf('🦄'.repeat(200)).value.split('\n').slice(0, 4);
    assert.deepEqual(
      lines,
      [80, 80, 40].map((count, at) => `\` ${'🦄'.repeat(count)} \`${at < 2 ? '  ' : ''}`).concat(''),
    );
    assert.equal(tooltipOf('short').value.split('\n')[0], '` short `');
  });

  it('show plain text as such, and JSON in its colours', () => {
    assert.match(tooltipOf('k', { value: Buffer.from('const a') }).value, /\n```plaintext\nconst a\n/);
    assert.match(tooltipOf('k', { value: Buffer.from('{}') }).value, /\n```json\n/);
  });

  it('have no links to what is not there', () => {
    const row = new KeyNode(parent, { name: 'k' }, 'k');
    assert.deepEqual(linksOf(keyTooltip(row, source, undefined)), []);
    assert.deepEqual(linksOf(failedTooltip(row, new Error('x'))), []);
  });

  it('and rows show the names of an account whole and as they are written', () => {
    const title = `[x](command:y) $(trash) <b> ${'n'.repeat(480)}-production`;
    const row = rowOf({ sourceKind: 'remote', title }, { kind: 'remote', label: 'Acme (EU) & *Sons*' });
    const look = {
      lastMinute: 'seconds' as const,
      isPinned: () => false,
      isReadOnly: () => false,
      hasCounterpart: () => false,
    };
    assert.equal(treeItem(row, look).label, title);
    const { value, isTrusted } = namespaceTooltip(row, row.parent.source);
    assert.ok(!isTrusted);
    const plain = value
      .replace(/\\(.)/g, '$1')
      .replaceAll('&nbsp;', ' ')
      .replaceAll('&lt;', '<')
      .replaceAll('&amp;', '&');
    assert.ok(plain.includes(title), value);
    assert.ok(plain.includes('Acme (EU) & *Sons*'), value);
    assert.ok(!value.includes('[x]('), value);
    const bound = rowOf({ title: 'shop-production', bindings: [{ name: 'KV', config: '/w.toml', field: 'id' }] });
    assert.match(namespaceTooltip(bound, row.parent.source).value, /“shop\\?-production”/);
    const key = keyTooltip(new KeyNode(row, { name: 'k' }, 'k'), row.parent.source, { value: Buffer.from('v') });
    assert.ok(key.value.includes('n'.repeat(480)));
  });
});
