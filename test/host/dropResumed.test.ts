import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { copyKeys } from '../../src/commands/transfer/copyKeys.ts';
import { dropKeys } from '../../src/commands/transfer/dropping.ts';
import { KvError } from '../../src/core/base/errors.ts';
import { Changes } from '../../src/core/change/changes.ts';
import { Journals } from '../../src/core/change/journal/journals.ts';
import { realProcesses } from '../../src/core/change/journal/owner.ts';
import { KeyLocks } from '../../src/core/change/keyLocks.ts';
import { SourceRegistry } from '../../src/core/store/sourceRegistry.ts';
import type { KvSource } from '../../src/core/store/store.ts';
import { CALLED_BY_MESSAGE } from '../../src/ids.ts';
import type { Services } from '../../src/services.ts';
import { KeyNode } from '../../src/tree/nodes.ts';
import { eventually } from '../support/eventually.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';
import { stub } from './stub.ts';
import { removeFolder } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

describe('a drop on a group', () => {
  const folder = join(tmpdir(), `kv-drop-${randomUUID()}`);
  const stores: Readonly<Record<string, MemoryStore>> = { from: new MemoryStore(), to: new MemoryStore() };
  const node = namespaceNode(stores.from ?? assert.fail());
  node.namespace = { ...node.namespace, id: 'from', title: 'FROM' };
  const source: KvSource = {
    ...node.parent.source,
    namespaces: async () => [node.namespace, { ...node.namespace, id: 'to', title: 'TO' }],
    store: (id) => stores[id] ?? assert.fail(),
  };
  const group = { sources: [source], onDidChange: () => ({ dispose() {} }), ready: Promise.resolve() };
  const sources = new SourceRegistry([group], () => undefined);
  const journals = new Journals(
    join(folder, 'journal'),
    join(folder, 'undo'),
    { days: 7, megabytes: 100, clock: Date.now },
    realProcesses(),
  );
  const changes = new Changes({ journals, locks: new KeyLocks(), storeOf: (namespace) => sources.writer(namespace) });
  const log = vscode.window.createOutputChannel('drops', { log: true });
  // As far as copying needs them.
  const services = { sources, journals, changes, log, settings: { confirmWrites: 'never' } } as unknown as Services;
  let spy: WindowSpy;
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(() => spy.restore());
  after(async () => {
    log.dispose();
    sources.dispose();
    await removeFolder(folder);
  });

  it('that was not finished goes on there when it is tried again', async () => {
    const { from, to } = stores;
    assert.ok(from && to);
    for (const key of ['a', 'b', 'home/c']) await from.put({ key, value: Buffer.from(key) });
    let isBroken = true;
    to.intercept = (call, key) => {
      if (isBroken && call === 'put' && key === 'home/b') throw new KvError('server', `“${key}” was not written.`);
    };
    const resumed: unknown[][] = [];
    const { executeCommand } = vscode.commands;
    stub(vscode.commands, 'executeCommand', async (command: string, ...called: unknown[]) => {
      if (command !== 'cloudflareKv.copyKeys') return await executeCommand(command, ...called);
      resumed.push(called);
      isBroken = false;
      await copyKeys.invoke(called, services);
    });
    spy.answer = ({ items }) => items.find((item) => item === 'Retry');
    const rows = ['a', 'b', 'home/c'].map((key) => new KeyNode(node, { name: key }, key));
    await dropKeys(rows, { namespace: { source: source.id, id: 'to' }, prefix: 'home/' }, services);
    await eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', /^Copied 3 keys to TO \(local, shop\)\.$/));
    assert.equal(resumed.length, 1);
    assert.equal(resumed[0]?.[0], CALLED_BY_MESSAGE);
    assert.match(spy.asked[0]?.text ?? '', /^Copied 2 of 3 keys to TO \(local, shop\)\. “home\/b” was not written\.$/);
    assert.deepEqual(
      to.entries.map(({ key, value }) => [key, Buffer.from(value).toString()]),
      [
        ['home/a', 'a'],
        ['home/b', 'b'],
        ['home/c', 'home/c'],
      ],
    );
  });

  it('leaves alone what somebody writes while its question is open, and names it', async () => {
    const { from, to } = stores;
    assert.ok(from && to);
    await from.put({ key: 'x', value: Buffer.from('dropped') });
    await to.put({ key: 'moved/x', value: Buffer.from('seen') });
    spy.answer = async ({ items }) => {
      const button = items.find((item) => item.startsWith('Overwrite'));
      if (button) await to.put({ key: 'moved/x', value: Buffer.from('theirs') });
      return button;
    };
    const rows = [new KeyNode(node, { name: 'x' }, 'x')];
    await dropKeys(rows, { namespace: { source: source.id, id: 'to' }, prefix: 'moved/' }, services);
    await eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', /“moved\/x”/));
    assert.ok(spy.asked.some(({ items }) => items.some((item) => item.startsWith('Overwrite'))));
    assert.equal(Buffer.from((await to.get('moved/x'))?.value ?? []).toString(), 'theirs');
  });
});
