import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { publicApi } from '../../src/api.ts';
import { Emitter } from '../../src/core/base/event.ts';
import type { RegistryChange } from '../../src/core/store/sourceRegistry.ts';
import { sampleIds } from '../sample/content.ts';
import { eventually } from '../support/eventually.ts';
import { expectKvError, extension, foreignSource, freshKey, run, testNamespace, workspace } from './support.ts';

describe('activation', () => {
  it('happens in a VS Code that the extension supports, on a copy of the sample project', async () => {
    const [major, minor] = vscode.version.split('.').map(Number);
    assert.equal(major, 1);
    assert.ok(minor !== undefined && minor >= 106, vscode.version);
    assert.equal((await vscode.workspace.findFiles('wrangler.jsonc', undefined, 1)).length, 1);
  });

  it('is asked for by documents of both kinds', () => {
    const { activationEvents } = extension().packageJSON;
    assert.ok(activationEvents.includes('onFileSystem:cloudflare-kv'));
    assert.ok(activationEvents.includes('onFileSystem:cloudflare-kv-entry'));
  });

  it('registers every command of the manifest', async () => {
    const registered = await vscode.commands.getCommands(true);
    const declared: { command: string }[] = extension().packageJSON.contributes.commands;
    assert.deepEqual(
      declared.map(({ command }) => command).filter((command) => !registered.includes(command)),
      [],
    );
  });

  it('translates what is loaded later too', async () => {
    const { config } = createRequire(__filename)(join(extension().extensionPath, 'dist', 'l10n.cjs'));
    const kv = testNamespace('host-translated');
    const from = vscode.Uri.file(join(await mkdtemp(join(tmpdir(), 'translated-')), 'empty.json'));
    await writeFile(from.fsPath, '');
    config({ contents: { 'it is empty.': 'sie ist leer.' } });
    try {
      const importing = run('importKeys', { namespace: kv.namespace, from, onConflict: 'fail' });
      await expectKvError(importing, 'invalidInput', 'sie ist leer');
    } finally {
      config({ contents: {} });
      await rm(dirname(from.fsPath), { recursive: true });
    }
  });

  it('gives other extensions the public API', () => {
    assert.deepEqual(Object.keys(extension().exports).sort(), [
      'entryUri',
      'namespaces',
      'onDidChangeNamespaces',
      'valueUri',
      'version',
    ]);
    assert.equal(extension().exports.version, 1);
  });
});

describe('the public API', () => {
  const config = (...parts: string[]): vscode.Uri => vscode.Uri.file(join(workspace, ...parts));
  const api = () => extension().exports;
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  it('tells every namespace with its bindings', async () => {
    const namespaces = await api().namespaces();
    const of = (id: string) => namespaces.filter((namespace) => namespace.id === id);
    const source = foreignSource().id;
    assert.deepEqual(plain(of(sampleIds.sessions)), [
      {
        source,
        sourceKind: 'local',
        id: sampleIds.sessions,
        title: 'SESSIONS',
        bindings: [{ name: 'SESSIONS', config: plain(config('wrangler.jsonc')) }],
      },
    ]);
    assert.ok(of(sampleIds.sessions)[0]?.bindings[0]?.config instanceof vscode.Uri);
    assert.deepEqual(plain(of(sampleIds.ratesStaging)), [
      {
        source: foreignSource(join(workspace, 'packages', 'api')).id,
        sourceKind: 'local',
        id: sampleIds.ratesStaging,
        title: 'RATES',
        bindings: [
          { name: 'RATES', config: plain(config('packages', 'api', 'wrangler.toml')), environment: 'staging' },
        ],
      },
    ]);
  });

  it('tells the namespace that dev uses where a binding has a preview_id', async () => {
    const flags = (await api().namespaces()).filter(({ bindings }) => bindings.some(({ name }) => name === 'FLAGS'));
    assert.deepEqual(
      flags.map(({ id }) => id),
      [sampleIds.flagsPreview],
    );
  });

  it('says when there are other namespaces, whoever made them', async () => {
    let heard = 0;
    const listening = api().onDidChangeNamespaces(() => heard++);
    try {
      const { namespace, put } = testNamespace(freshKey('host-api'));
      await put('first', 'value');
      // What is made while VS Code's watchers are starting is told by nobody; what is made later is.
      await eventually(async () => {
        if (heard === 0) await testNamespace(freshKey('host-api')).put('first', 'value');
        await eventually(() => assert.ok(heard > 0), 2000);
      }, 40_000);
      await eventually(async () => assert.ok((await api().namespaces()).some(({ id }) => id === namespace.id)));
    } finally {
      listening.dispose();
    }
  });

  it('says nothing of keys, and to nobody who stopped listening, and goes on when a listener fails', () => {
    const changes = new Emitter<RegistryChange>();
    const [own, owned] = publicApi({ namespaces: async () => [], onDidChange: changes.event });
    const heard: string[] = [];
    own.onDidChangeNamespaces(() => {
      throw new Error('a fault of somebody else');
    });
    const listening = own.onDidChangeNamespaces(() => heard.push('heard'));
    changes.fire({ source: 's', namespace: 'n', keys: ['k'] });
    assert.deepEqual(heard, []);
    changes.fire({ source: 's' });
    changes.fire({});
    assert.deepEqual(heard, ['heard', 'heard']);
    listening.dispose();
    changes.fire({});
    assert.equal(heard.length, 2);
    owned.dispose();
  });

  it('gives its namespaces in the form that commands take', async () => {
    for (const namespace of await api().namespaces()) {
      assert.equal(await vscode.commands.executeCommand('cloudflareKv.copyNamespaceId', { namespace }), namespace.id);
    }
  });

  it('makes addresses that keep keys readable', () => {
    const namespace = { source: 'local-0123456789abcdef', id: 'n' };
    const paths: Record<string, string> = {
      'user:123': '/n/user:123',
      'a/b.json': '/n/a%2Fb.json',
      '100%': '/n/100%25',
      '..': '/n/%2E%2E',
      '.x': '/n/.x',
      'a b?c#d': '/n/a b?c#d',
      '🛒': '/n/🛒',
      'a\nb': '/n/a%0Ab',
      'a\\b': '/n/a%5Cb',
    };
    for (const [key, path] of Object.entries(paths)) {
      const uri = api().valueUri(namespace, key);
      assert.deepEqual([uri.scheme, uri.authority, uri.path], ['cloudflare-kv', namespace.source, path]);
      assert.deepEqual([uri.query, uri.fragment], ['', '']);
      const entry = api().entryUri(namespace, key);
      assert.deepEqual([entry.scheme, entry.path], ['cloudflare-kv-entry', `${path}.json`]);
    }
  });

  it('makes addresses that survive being written down, and differ for every key', () => {
    const namespace = { source: 'local-0123456789abcdef', id: 'A b/%' };
    const keys = [
      'a',
      'A',
      'a/b',
      'a//b',
      'a%2Fb',
      '%',
      '%2F',
      '.',
      '..',
      '...',
      'C:',
      'c:',
      ' ',
      '?',
      '#',
      'é',
      'e\u0301',
    ];
    for (const make of [api().valueUri, api().entryUri]) {
      assert.throws(
        () => make(namespace, ''),
        (error) => Reflect.get(Object(error), 'kind') === 'invalidInput',
      );
    }
    const made = [api().valueUri, api().entryUri].flatMap((make) => keys.map((key) => make(namespace, key)));
    assert.equal(new Set(made.map(String)).size, made.length);
    for (const uri of made) {
      assert.equal(vscode.Uri.parse(uri.toString(), true).toString(), uri.toString());
      assert.equal(vscode.Uri.parse(uri.toString(), true).path, uri.path);
      assert.equal(vscode.Uri.from(uri.toJSON()).toString(), uri.toString());
    }
  });
});
