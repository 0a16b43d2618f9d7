import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { KvError } from '../../src/core/base/errors.ts';
import { SourceRegistry } from '../../src/core/store/sourceRegistry.ts';
import type { KvSource } from '../../src/core/store/store.ts';
import { pickNamespace, pickNamespaces } from '../../src/ui/pickNamespace.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';
import { stub } from './stub.ts';
import { WindowSpy } from './windowSpy.ts';

describe('choosing a namespace where there is none', () => {
  const sources = new SourceRegistry([], () => undefined);
  const memory = { keys: () => [], get: <T>(_: string, otherwise?: T): T => otherwise as T, update: async () => {} };
  let spy: WindowSpy;
  let ran: string[];
  beforeEach(() => {
    spy = new WindowSpy();
    ran = [];
    stub(vscode.commands, 'executeCommand', async (id: string) => ran.push(id));
  });
  afterEach(() => spy.restore());

  it('offers to open a folder and to sign in', async () => {
    const answers = ['Open Folder…', 'Sign In…'];
    spy.answer = () => answers.shift();
    assert.equal(await pickNamespace(sources, memory, 'Which?'), undefined);
    assert.equal(await pickNamespaces(sources, 'Which ones?'), undefined);
    assert.deepEqual(
      spy.asked.map(({ how, items }) => [how, items]),
      [
        ['showInformationMessage', ['Open Folder…', 'Sign In…']],
        ['showInformationMessage', ['Open Folder…', 'Sign In…']],
      ],
    );
    spy.asked.length = 0;
    assert.equal(await pickNamespace(sources, memory, 'Which?', { side: 'remote' }), undefined);
    assert.deepEqual(spy.asked[0]?.items, ['Sign In…']);
    assert.deepEqual(ran, ['vscode.openFolder', 'cloudflareKv.signIn']);
  });
});

const local = namespaceNode(new MemoryStore()).parent.source;
const source = (kind: KvSource['kind']): KvSource => ({
  ...local,
  id: kind,
  kind,
  namespaces: async () => [{ source: kind, sourceKind: kind, id: kind, title: kind, bindings: [] }],
});

describe('choosing one of many namespaces', () => {
  it('begins with that of the selected rows, then the last used ones', async () => {
    const group = {
      sources: [source('local'), source('remote')],
      ready: Promise.resolve(),
      onDidChange: () => ({ dispose: () => {} }),
    };
    const used = { keys: () => [], get: <T>(): T => ['local/local', 'remote/remote'] as T, update: async () => {} };
    const offered: string[][] = [];
    stub(vscode.window, 'showQuickPick', async (items: readonly vscode.QuickPickItem[]) => {
      offered.push(items.map(({ label }) => label));
    });
    const registry = new SourceRegistry([group], () => undefined);
    const remote = { source: 'remote', id: 'remote' };
    await pickNamespace(registry, used, 'Which?', { selected: [remote, remote, { source: 'remote', id: 'gone' }] });
    await pickNamespace(registry, used, 'Which?');
    await pickNamespace(registry, used, 'Which?', { selected: [remote], except: remote });
    assert.deepEqual(offered, [
      ['Selected', 'remote', 'Last used', 'local'],
      ['Last used', 'local', 'remote'],
      ['Last used', 'local'],
    ]);
  });
});

describe('choosing a namespace where a source cannot be listed', () => {
  it('shows what is wrong as a row, and says it where that is chosen', async () => {
    const error = new KvError('unauthenticated', 'The sign-in has expired.');
    const broken: KvSource = {
      ...source('remote'),
      namespaces: async () => {
        throw error;
      },
    };
    const group = {
      sources: [source('local'), broken],
      ready: Promise.resolve(),
      onDidChange: () => ({ dispose: () => {} }),
    };
    const registry = new SourceRegistry([group], () => undefined);
    const memory = { keys: () => [], get: <T>(_: string, otherwise?: T): T => otherwise as T, update: async () => {} };
    let details: unknown[] = [];
    stub(
      vscode.window,
      'showQuickPick',
      async (items: readonly vscode.QuickPickItem[], { canPickMany = false }: vscode.QuickPickOptions) => {
        details = items.map(({ detail }) => detail);
        return canPickMany ? items.slice(-1) : items.at(-1);
      },
    );
    await assert.rejects(pickNamespace(registry, memory, 'Which?'), error);
    await assert.rejects(pickNamespaces(registry, 'Which ones?'), error);
    assert.deepEqual(details, [undefined, 'local', undefined, error.message]);
  });
});

describe('choosing several namespaces', () => {
  const chosenOf = async (...kinds: readonly KvSource['kind'][]): Promise<unknown> => {
    const group = { sources: kinds.map(source), onDidChange: () => ({ dispose: () => {} }), ready: Promise.resolve() };
    let offered: readonly vscode.QuickPickItem[] = [];
    stub(vscode.window, 'showQuickPick', async (items: readonly vscode.QuickPickItem[]) => {
      offered = items;
    });
    await pickNamespaces(new SourceRegistry([group], () => undefined), 'Which ones?');
    return offered.filter(({ picked }) => picked).map(({ label }) => label);
  };

  it('begins with the local ones, whose listing costs nothing', async () => {
    assert.deepEqual(await chosenOf('local', 'remote'), ['local']);
    assert.deepEqual(await chosenOf('local'), ['local']);
  });
});
