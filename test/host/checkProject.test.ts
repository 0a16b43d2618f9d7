import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { CheckResult } from '../../src/commands/check/checkReport.ts';
import { eventually } from '../support/eventually.ts';
import { useAccount } from './account.ts';
import {
  closeEditors,
  expectKvError,
  foreignSource,
  freshKey,
  inSeconds,
  run,
  type TestNamespace,
  testNamespace,
  workspace,
} from './support.ts';

const TOKEN = `ghp_${'a1B2'.repeat(9)}`;

describe('checkProject', () => {
  const folder = join(workspace, 'check-shop');
  const config = vscode.Uri.file(join(folder, 'wrangler.jsonc'));
  const code = vscode.Uri.file(join(folder, 'src', 'index.js'));
  const kv = testNamespace('check-sessions', foreignSource(folder));

  before(async () => {
    mkdirSync(join(folder, 'src'), { recursive: true });
    writeFileSync(
      config.fsPath,
      JSON.stringify(
        {
          name: 'check-shop',
          main: 'src/index.js',
          compatibility_date: '2026-01-01',
          kv_namespaces: [{ binding: 'CHECK_DATA', id: 'check-sessions' }],
          env: { staging: {} },
        },
        undefined,
        2,
      ),
    );
    writeFileSync(
      code.fsPath,
      `export default {
  async fetch(request, env) {
    for (const id of ids) await env.CHECK_DATA.get(id, { cacheTtl: 60 });
    const { keys } = await env.CHECK_DATA.list();
    return Response.json(keys);
  },
};
`,
    );
    await kv.put('session:1', 'Anna');
    await kv.put('session:2', 'Ben', { expiration: inSeconds(3600) });
    await kv.put('config', JSON.stringify({ token: TOKEN }));
    await run('refresh', {});
    await eventually(async () => assert.ok((await run<CheckResult[]>('checkProject', { config })).length > 0));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(closeEditors);

  const check = async (): Promise<Map<string, CheckResult>> =>
    new Map((await run<CheckResult[]>('checkProject', { config })).map((one) => [one.id, one]));

  const problems = (uri: vscode.Uri): string[] =>
    vscode.languages
      .getDiagnostics(uri)
      .filter(({ source }) => source === 'Cloudflare KV')
      .map(({ code: name }) => String(typeof name === 'object' ? name.value : name))
      .sort();

  it('says of each item whether it has passed, has failed or is not known', async () => {
    const items = await check();
    assert.deepEqual(Object.fromEntries([...items].map(([id, { state }]) => [id, state])), {
      'separate-namespaces': 'failed',
      environments: 'failed',
      'public-ids': 'passed',
      types: 'unknown',
      expirations: 'failed',
      limits: 'passed',
      secrets: 'failed',
      'cache-ttl': 'passed',
      'bulk-reads': 'failed',
      'list-complete': 'failed',
      retries: 'unknown',
      'null-handling': 'passed',
      'write-rate': 'unknown',
      cost: 'unknown',
    });
    for (const { id, evidence } of items.values()) assert.ok(evidence.length > 0, id);
  });

  it('reads a config that begins with a byte order mark', async () => {
    const text = readFileSync(config.fsPath, 'utf8');
    try {
      writeFileSync(config.fsPath, `\uFEFF${text}`);
      assert.equal((await check()).get('environments')?.state, 'failed');
    } finally {
      writeFileSync(config.fsPath, text);
    }
  });

  it('passes over a long file that names no binding, and says where one is that does', async () => {
    const vendor = vscode.Uri.file(join(folder, 'src', 'vendor.js'));
    const long = '// no Worker\n'.repeat(100_000);
    try {
      writeFileSync(vendor.fsPath, long);
      assert.equal((await check()).get('null-handling')?.state, 'passed');
      writeFileSync(vendor.fsPath, `${long}env.CHECK_DATA.get('a');`);
      const found = (await check()).get('null-handling');
      assert.equal(found?.state, 'unknown');
      assert.equal(found.evidence[0]?.uri?.toString(), vendor.toString());
    } finally {
      rmSync(vendor.fsPath);
    }
  });

  it('shows where, and never a value', async () => {
    const items = await check();
    const [key] = items.get('expirations')?.evidence ?? [];
    assert.deepEqual(key?.namespace, kv.namespace);
    assert.equal(key?.key, 'session:1');
    assert.deepEqual(
      items.get('secrets')?.evidence.map((one) => one.key),
      ['config'],
    );
    const [read] = items.get('bulk-reads')?.evidence ?? [];
    assert.equal(read?.uri?.toString(), code.toString());
    assert.equal(read?.range?.start.line, 2);
    assert.ok(!JSON.stringify([...items.values()]).includes(TOKEN));
  });

  it('makes problems of what a file shows, until it changes', async () => {
    await check();
    assert.deepEqual(problems(code), ['single-reads', 'unread-pages']);
    assert.ok(problems(config).includes('separate-namespaces'));
    const document = await vscode.workspace.openTextDocument(code);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(code, new vscode.Position(0, 0), '// \n');
    assert.ok(await vscode.workspace.applyEdit(edit));
    await eventually(() => assert.deepEqual(problems(code), []));
    await vscode.window.showTextDocument(document);
  });

  it('opens a report with links to files and keys', async () => {
    await vscode.window.showTextDocument(config);
    await run('checkProject');
    const report = await eventually(() => {
      const found = vscode.workspace.textDocuments.find((document) => document.getText().startsWith('# Check of '));
      assert.ok(found);
      return found;
    });
    const text = report.getText();
    assert.match(text, /^# Check of check-shop\/wrangler\.jsonc: 6 failed, 4 not known, 4 passed\n/);
    assert.match(
      text,
      /\nFailed: Many keys are read at once\n {2}check-shop\/src\/index\.js:3 {2}One read .*\n {2}Learn More\n/,
    );
    assert.match(text, /\nNot known: Generated types have the KV bindings\n/);
    assert.ok(!text.includes(TOKEN));
    const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>('vscode.executeLinkProvider', report.uri);
    const targets = links.map(({ target }) => target?.toString(true) ?? '');
    assert.ok(
      targets.some((target) => target.endsWith('check-shop/src/index.js#L3,48')),
      targets.join('\n'),
    );
    assert.ok(targets.some((target) => target.includes('session:1')));
    assert.ok(targets.some((target) => target.includes('explainError')));
  });

  it('says first that a project has no KV at all, but not of a config that cannot be read', async () => {
    const other = vscode.Uri.file(join(workspace, 'check-none', 'wrangler.jsonc'));
    mkdirSync(join(workspace, 'check-none'), { recursive: true });
    const report = async (text: string): Promise<string> => {
      writeFileSync(other.fsPath, text);
      await run('refresh', {});
      await vscode.window.showTextDocument(other);
      await run('checkProject');
      const shown = await eventually(() => {
        const found = vscode.window.activeTextEditor?.document.getText() ?? '';
        assert.match(found, /^# Check of check-none\/wrangler\.jsonc: /);
        return found;
      });
      await closeEditors();
      return shown;
    };
    try {
      const note = /\n\nThere are no KV bindings in check-none\/wrangler\.jsonc: most of this cannot be told/;
      assert.match(await report('{ "name": "check-none" }'), note);
      assert.doesNotMatch(await report('{ "name": "check-none", '), note);
    } finally {
      rmSync(join(workspace, 'check-none'), { recursive: true, force: true });
      await run('refresh', {});
    }
  });

  it('takes a config of the workspace alone', async () => {
    const other = vscode.Uri.file(join(folder, 'src', 'wrangler.toml'));
    await expectKvError(run('checkProject', { config: other }), 'invalidInput', 'wrangler.toml');
    await expectKvError(run('checkProject', { config: 'wrangler.toml' }), 'invalidInput', 'config');
  });

  it('can be cancelled', async () => {
    const { token, cancel } = (() => {
      const source = new vscode.CancellationTokenSource();
      return { token: source.token, cancel: () => source.cancel() };
    })();
    cancel();
    await expectKvError(run('checkProject', { config }, token), 'cancelled');
  });
});

describe('checkProject of a project with an account', () => {
  const remote = useAccount('check-remote');
  const folder = join(workspace, 'check-account');
  const config = vscode.Uri.file(join(folder, 'wrangler.jsonc'));
  const local = foreignSource(folder);
  let kv: TestNamespace;

  before(async () => {
    const { id } = remote.namespace;
    const today = new Date().toISOString().slice(0, 10);
    const at = { account: remote.server.account.id, namespace: id, day: today };
    remote.server.analytics.operations = [{ ...at, action: 'write', requests: 250, latency: 30 }];
    remote.server.analytics.storage = [{ ...at, keys: 12, bytes: 3400 }];
    kv = testNamespace(id, local);
    mkdirSync(folder, { recursive: true });
    const project = { name: 'check-account', kv_namespaces: [{ binding: 'CHECK_ACCOUNT', id }] };
    writeFileSync(config.fsPath, JSON.stringify(project));
    await kv.put('user:1', 'Anna');
    await run('refresh', {});
    await eventually(async () => assert.ok((await run<CheckResult[]>('checkProject', { config })).length > 0));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
    assert.deepEqual(remote.server.analytics.violations, []);
  });
  afterEach(() => run('closeActivity', {}));

  const itemOf = async (id: string): Promise<{ state: string; text: string }> => {
    const found = (await run<CheckResult[]>('checkProject', { config })).find((one) => one.id === id);
    assert.ok(found);
    return { state: found.state, text: found.evidence.map(({ text }) => text).join('\n') };
  };

  it('knows its cost at the pace of the last days', async () => {
    const { state, text } = await itemOf('cost');
    assert.equal(state, 'passed', text);
    assert.match(text, /Acme Inc.* about 25% .* \$0\.00 a month[^\n]*\n.* about 250 operations: 100%/);
  });

  it('says why it does not know it', async () => {
    await run('signOut', { confirm: true });
    assert.deepEqual(await itemOf('cost'), {
      state: 'unknown',
      text: 'Nobody is signed in, so no account can be asked for what was used.',
    });
    await run('signIn', { method: 'token', token: remote.server.issueToken({ analytics: false }).text });
    const { state, text } = await itemOf('cost');
    assert.equal(state, 'unknown');
    assert.match(text, /^Acme Inc.*Account Analytics: Read/);
    await run('signIn', { method: 'token', token: remote.server.issueToken().text });
    assert.equal((await itemOf('cost')).state, 'passed');
  });

  it('looks at the keys of the account that the view has listed, and asks for no others', async () => {
    const { namespace } = remote;
    const long = 'k'.repeat(500);
    await run('putKey', { namespace, key: long, value: 'v', confirm: true });
    const token = `ghp_${'x9'.repeat(18)}`;
    await run('putKey', {
      namespace,
      key: 'full',
      value: 'v',
      metadata: { token, rest: 'm'.repeat(950) },
      confirm: true,
    });
    await run('loadAll', { namespace });
    const before = remote.server.count();
    await run('checkProject', { config });
    const { state, text } = await itemOf('limits');
    assert.equal(state, 'failed', text);
    assert.match(text, /The key “kkk.*CHECK_ACCOUNT.*Acme Inc.* of 512/);
    assert.match(text, /The metadata of “full” in CHECK_ACCOUNT.*Acme Inc.* 1,012 bytes of 1.0 KB/);
    assert.match(text, /without their values: 2 keys/);
    const secrets = await itemOf('secrets');
    assert.equal(secrets.state, 'failed', secrets.text);
    assert.match(secrets.text, /“full” in CHECK_ACCOUNT.*looks like a token of GitHub/);
    assert.doesNotMatch(secrets.text, /ghp_/);
    assert.equal(remote.server.count(), before);
  });

  it('knows how often keys are written while the activity is shown', async () => {
    assert.match((await itemOf('write-rate')).text, /Nobody has watched/);
    await run('showActivity', { source: local.id });
    assert.match((await itemOf('write-rate')).text, /Nothing was written/);
    const key = freshKey();
    await kv.put(key, '1');
    await eventually(async () => assert.equal((await itemOf('write-rate')).state, 'passed'));
    await eventually(async () => {
      await kv.put(key, '2');
      await wait(200);
      await kv.put(key, '3');
      const { state, text } = await itemOf('write-rate');
      assert.equal(state, 'failed', text);
      assert.match(text, new RegExp(`“${key}” was written \\d times within a second`));
    });
    await run('clearActivity', {});
    assert.equal((await itemOf('write-rate')).state, 'failed');
  });
});
