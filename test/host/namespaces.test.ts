import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { useAccount } from './account.ts';
import {
  closeEditors,
  expectFsError,
  expectKvError,
  extension,
  foreignSource,
  freshKey,
  run,
  type TestNamespace,
  testNamespace,
  type,
  workspace,
} from './support.ts';
import { WindowSpy } from './windowSpy.ts';

const CONFIG = `{
  // kept
  "name": "spaces",
  "kv_namespaces": [
    { "binding": "ONE", "id": "0ne00000000000000000000000000000" }, // kept too
  ],
  "env": {
    "staging": { "kv_namespaces": [{ "binding": "ONE", "id": "57a61n60000000000000000000000000" }] }
  }
}
`;

describe('namespaces of a project', () => {
  const folder = join(workspace, 'packages', 'spaces');
  const config = join(folder, 'wrangler.jsonc');
  const account = useAccount('host-namespaces');
  let source: string;
  let one: TestNamespace;
  let spy: WindowSpy;

  const list = async () => (await extension().exports.namespaces()).filter((found) => found.source === source);
  const titles = async (): Promise<string[]> => (await list()).map(({ title }) => title).sort();

  before(async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(config, CONFIG);
    const local = foreignSource(folder);
    source = local.id;
    one = testNamespace('0ne00000000000000000000000000000', local);
    await run('refresh', {});
    await eventually(async () => assert.deepEqual(await titles(), ['ONE', 'ONE']));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    await run('refresh', {});
  });
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  it('are cleared with a backup', async () => {
    for (const key of ['a', 'b', 'c']) await one.put(key, `value of ${key}`, { metadata: { key } });
    assert.equal(await run('clearNamespace', { namespace: one.namespace }), undefined);
    assert.match(spy.asked[0]?.text ?? '', /^Delete every key \(3 keys\) from ONE \(local, spaces\)\?$/);
    const outcome = await run<{ done: number; undo: string }>('clearNamespace', {
      namespace: one.namespace,
      confirm: true,
    });
    assert.equal(outcome.done, 3);
    assert.equal(await one.get('a'), undefined);
    await run('undo', { id: outcome.undo });
    assert.deepEqual(await one.get('b'), { value: 'value of b', metadata: { key: 'b' } });
  });

  it('are created by a binding, whose store comes with its first write', async () => {
    const created = await run<{ source: string; id: string; title: string }>('createNamespace', {
      source,
      title: 'MADE',
    });
    assert.deepEqual(created, { source, id: 'MADE', title: 'MADE' });
    assert.ok((await titles()).includes('MADE'));
    assert.match(readFileSync(config, 'utf8'), /\/\/ kept\n[\s\S]*\/\/ kept too\n[\s\S]*"MADE"/);
    await run('putKey', { namespace: created, key: 'first', value: 'x' });
    assert.equal((await testNamespace('MADE', foreignSource(folder)).get('first'))?.value, 'x');
    await expectKvError(run('createNamespace', { source, title: 'MADE' }), 'conflict', /MADE/);
    await expectKvError(run('createNamespace', { source, title: 'no name' }), 'invalidInput');
  });

  it('are created in the config that is named, and in no other; none of them is for previews alone', async () => {
    const second = join(folder, 'wrangler.second.jsonc');
    const settings = vscode.workspace.getConfiguration('cloudflareKv.local');
    await writeFile(second, '{ "name": "second" }');
    await settings.update('configs', ['**/wrangler.second.jsonc']);
    try {
      await run('refresh', {});
      const create = (more: object) => run('createNamespace', { source, title: 'SECOND', ...more });
      await expectKvError(create({ preview: true }), 'invalidInput', /“preview”/);
      const elsewhere = vscode.Uri.file(join(workspace, 'elsewhere.jsonc'));
      await expectKvError(create({ config: elsewhere }), 'invalidInput', /elsewhere\.jsonc is no wrangler config of/);
      await create({ config: vscode.Uri.file(second) });
      assert.match(readFileSync(second, 'utf8'), /"SECOND"/);
      assert.doesNotMatch(readFileSync(config, 'utf8'), /"SECOND"/);
    } finally {
      await settings.update('configs', undefined);
      await rm(second);
      await run('refresh', {});
    }
  });

  it('are created in the one config that has the environment asked for, which is never made for it', async () => {
    const create = (title: string, environment: string) => run('createNamespace', { source, title, environment });
    await expectKvError(create('NOWHERE', 'nope'), 'invalidInput', /no config has an environment “nope”.*staging/);
    assert.doesNotMatch(readFileSync(config, 'utf8'), /nope|NOWHERE/);
    await create('STAGED', 'staging');
    assert.match(readFileSync(config, 'utf8'), /"env"[\s\S]*"STAGED"/);
    const second = join(folder, 'other', 'wrangler.jsonc');
    await mkdir(dirname(second), { recursive: true });
    await writeFile(second, '{ "name": "second", "env": { "preview": {}, "staging": { "vars": {} } } }');
    try {
      await run('refresh', {});
      const { length } = readFileSync(second, 'utf8');
      const remote = { source: account.namespace.source, binding: 'THERE' };
      const createThere = (title: string, more: object) => run('createNamespace', { ...remote, title, ...more });
      const several = /several configs have an environment “staging”.*spaces\/other\/wrangler\.jsonc/;
      await expectKvError(createThere('there', { environment: 'staging' }), 'invalidInput', several);
      await expectKvError(createThere('there', { environment: 'nope' }), 'invalidInput', /preview \(.*other/);
      const named = { environment: 'nope', config: vscode.Uri.file(second) };
      await expectKvError(createThere('there', named), 'invalidInput', /There are: preview, staging\.$/);
      assert.equal(readFileSync(second, 'utf8').length, length);
      const titlesThere = () => account.server.namespaces.of(account.server.account.id).map(({ title }) => title);
      assert.ok(!titlesThere().includes('there'));
      await createThere('there', { environment: 'preview' });
      assert.ok(titlesThere().includes('there'));
      assert.match(readFileSync(second, 'utf8'), /"preview": \{[^}]*"THERE"/);
    } finally {
      await rm(dirname(second), { recursive: true });
      await run('refresh', {});
    }
  });

  it('are not created where what is said of their binding would be ignored', async () => {
    const { namespaces, account: owner } = account.server;
    const before = namespaces.of(owner.id).length;
    const create = (more: object) =>
      run('createNamespace', { source: account.namespace.source, title: 'unbound', ...more });
    await expectKvError(create({ environment: 'staging' }), 'invalidInput', /“environment”.*“binding”/);
    await expectKvError(create({ config: vscode.Uri.file(config) }), 'invalidInput', /“config”.*“binding”/);
    assert.equal(namespaces.of(owner.id).length, before);
  });

  it('have no blank titles', async () => {
    const { namespace } = account;
    await expectKvError(run('createNamespace', { source: namespace.source, title: '   ' }), 'invalidInput', /“title”/);
    await expectKvError(run('renameNamespace', { namespace, title: ' \t' }), 'invalidInput', /“title”/);
  });

  it('are bound in no config that a build tool makes', async () => {
    const redirect = join(folder, '.wrangler', 'deploy', 'config.json');
    const made = join(folder, 'dist', 'wrangler.json');
    await Promise.all([redirect, made].map((path) => mkdir(dirname(path), { recursive: true })));
    await writeFile(made, '{ "name": "made", "kv_namespaces": [{ "binding": "MADE_ONE" }] }');
    await writeFile(redirect, JSON.stringify({ configPath: '../../dist/wrangler.json' }));
    try {
      await run('refresh', {});
      const args = { namespace: { source, id: 'b0und000000000000000000000000000' }, config: vscode.Uri.file(made) };
      await expectKvError(run('addBinding', { ...args, binding: 'BOUND' }), 'unsupported', /made by a build tool/);
    } finally {
      await Promise.all([rm(redirect), rm(join(folder, 'dist'), { recursive: true })]);
      await run('refresh', {});
    }
  });

  it('are bound in no file that is no wrangler config', async () => {
    const namespace = { source, id: 'b0und000000000000000000000000000' };
    const bind = (file: string) =>
      run<boolean>('addBinding', { namespace, config: vscode.Uri.file(join(folder, file)), binding: 'BOUND' });
    for (const file of ['package.json', 'wrangler.jsonc.bak.json', 'other.toml']) {
      const text = file.endsWith('.toml') ? 'name = "other"\n' : '{ "name": "other" }\n';
      await writeFile(join(folder, file), text);
      await expectKvError(bind(file), 'invalidInput', `packages/spaces/${file}`, 'no wrangler config');
      assert.equal(readFileSync(join(folder, file), 'utf8'), text);
    }
    const made = join(folder, 'made', 'wrangler.json');
    await mkdir(dirname(made));
    try {
      await writeFile(made, '{ "name": "made" }');
      assert.equal(await bind('made/wrangler.json'), true, 'a config need not have been found yet');
    } finally {
      await rm(dirname(made), { recursive: true });
      await run('refresh', {});
    }
  });

  it('are bound in a config, in the environment and field asked for', async () => {
    const namespace = { source, id: 'b0und000000000000000000000000000' };
    const add = (more: object) =>
      run<boolean>('addBinding', {
        namespace,
        config: vscode.Uri.file(config),
        binding: 'BOUND',
        field: 'id',
        ...more,
      });
    assert.equal(await add({ environment: 'staging' }), true);
    assert.equal(await add({ environment: 'staging' }), false);
    assert.equal(await add({ environment: 'staging', field: 'preview_id' }), true);
    await expectKvError(add({ binding: 'ONE' }), 'conflict', /ONE/);
    await expectKvError(add({ binding: '1x' }), 'invalidInput');
    const bound = (await list()).find(({ id }) => id === namespace.id);
    assert.deepEqual(
      bound?.bindings.map(({ name, environment }) => [name, environment]),
      [['BOUND', 'staging']],
    );
    const document = await vscode.workspace.openTextDocument(config);
    await type(document, ` ${document.getText()}`);
    await vscode.window.showTextDocument(document);
    await expectKvError(add({ binding: 'LATER' }), 'conflict', /unsaved changes/);
  });

  it('are deleted for good; a binding goes on showing its namespace, empty', async () => {
    await one.put('last', 'x');
    assert.equal(await run('deleteNamespace', { namespace: one.namespace }), undefined);
    assert.match(spy.asked[0]?.detail ?? '', /cannot be undone/);
    assert.equal((await one.get('last'))?.value, 'x');
    await run('deleteNamespace', { namespace: one.namespace, confirm: true });
    assert.equal(await one.get('last'), undefined);
    assert.ok((await titles()).includes('ONE'));
    await expectKvError(run('renameNamespace', { namespace: one.namespace, title: 'TWO' }), 'unsupported');
  });

  it('are pinned and let go', async () => {
    await run('pin', { namespace: one.namespace });
    await run('pin', { namespace: one.namespace, prefix: 'user:' });
    await run('unpin', { namespace: one.namespace });
    await run('unpin', { namespace: one.namespace, prefix: 'user:' });
    assert.equal(spy.asked.length, 0);
  });

  it('show the same key of another environment side by side', async () => {
    const key = freshKey();
    const staging = testNamespace('57a61n60000000000000000000000000', foreignSource(folder));
    await one.put(key, 'one');
    await expectKvError(run('compareKey', { namespace: one.namespace, key }), 'notFound', /no other side/);
    await staging.put(key, 'two');
    await expectKvError(
      run('compareKey', { namespace: one.namespace, key }),
      'notFound',
      /only bound by the same name/,
    );
    spy.answer = ({ how }) => (how === 'showQuickPick' ? { one: staging.namespace } : undefined);
    await run('compareKey', one.uri(key));
    await eventually(() => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      assert.ok(input instanceof vscode.TabInputTextDiff);
      assert.equal(input.original.toString(), one.uri(key).toString());
      assert.equal(input.modified.toString(), staging.uri(key).toString());
    });
  });

  it('open the same key of another environment', async () => {
    const key = freshKey();
    const staging = testNamespace('57a61n60000000000000000000000000', foreignSource(folder));
    await one.put(key, 'one');
    await expectKvError(run('openOtherSide', { namespace: one.namespace, key }), 'notFound', /no other side/);
    await staging.put(key, 'two');
    await expectKvError(
      run('openOtherSide', { namespace: one.namespace, key }),
      'notFound',
      /only bound by the same name/,
    );
    spy.answer = ({ how }) => (how === 'showQuickPick' ? { one: staging.namespace } : undefined);
    await run('openOtherSide', one.uri(key));
    await eventually(() => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      assert.ok(input instanceof vscode.TabInputText);
      assert.equal(input.uri.toString(), staging.uri(key).toString());
    });
  });
});

describe('a local namespace that nobody knows', () => {
  const here = testNamespace('host-namespace-here');
  const { source } = here.namespace;
  const missing = { source, id: 'host-namespace-missing' };
  const file = (name: string) => vscode.Uri.file(join(workspace, '..', name));

  before(async () => {
    await here.put('a', 'one');
  });

  it('is not taken for an empty one', async () => {
    const calls: readonly (readonly [string, object])[] = [
      ['syncNamespace', { from: missing, to: here.namespace, deleteExtra: true, confirm: true }],
      ['copyKeys', { from: { namespace: missing }, to: here.namespace, confirm: true }],
      ['compareNamespaces', { left: missing, right: here.namespace }],
      ['compareNamespaces', { left: here.namespace, right: missing }],
      ['exportKeys', { namespace: missing, to: file('missing.json') }],
      ['exportKeys', { namespace: missing, keys: ['a'], to: file('missing.json') }],
      ['searchKeys', { namespaces: [here.namespace, missing], text: 'a' }],
      ['searchValues', { namespace: missing, text: 'a' }],
      ['clearNamespace', { namespace: missing, confirm: true }],
      ['deleteNamespace', { namespace: missing, confirm: true }],
      ['deleteKeys', { namespace: missing, keys: ['a'], confirm: true }],
      ['deleteKeys', { namespace: missing, prefix: 'a', confirm: true }],
      ['setExpiration', { namespace: missing, keys: ['a'], expiration: null }],
      ['renameKey', { namespace: missing, key: 'a', newKey: 'b' }],
      ['duplicateKey', { namespace: missing, key: 'a', newKey: 'b' }],
      ['compareKey', { namespace: missing, key: 'a' }],
      ['revealKey', { namespace: missing, key: 'a' }],
      ['saveKeyAs', { namespace: missing, key: 'a', to: file('missing') }],
      ...['openKey', 'editEntry', 'copyValue'].map((name) => [name, { namespace: missing, key: 'a' }] as const),
    ];
    for (const [name, args] of calls) {
      await expectKvError(run(name, args), 'namespaceNotFound', /no namespace “host-namespace-missing”/);
    }
    assert.equal((await here.get('a'))?.value, 'one');
    await expectFsError(vscode.workspace.fs.readFile(extension().exports.valueUri(missing, 'a')), 'FileNotFound');
  });

  it('is made by what writes to it', async () => {
    const from = { namespace: here.namespace };
    const made = (name: string) => ({ source, id: `host-namespace-made-by-${name}` });
    await run('putKey', { namespace: made('put'), key: 'a', value: 'one' });
    await run('copyKeys', { from, to: made('copy') });
    await run('syncNamespace', { from: here.namespace, to: made('sync'), confirm: true });
    const exported = file('made.json');
    await run('exportKeys', { namespace: here.namespace, to: exported });
    await run('importKeys', { namespace: made('import'), from: exported, onConflict: 'fail' });
    for (const name of ['put', 'copy', 'sync', 'import']) {
      assert.equal((await testNamespace(made(name).id).get('a'))?.value, 'one', name);
    }
  });
});
