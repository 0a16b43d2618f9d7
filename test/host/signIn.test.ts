import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { filesWith } from '../support/cloudflare/filesWith.ts';
import type { CloudflareServer } from '../support/cloudflare/server.ts';
import { eventually } from '../support/eventually.ts';
import { dataFolderVariable } from '../vscodeHost/server.ts';
import { type TestAccount, useAccount, useServer } from './account.ts';
import { logged } from './logSpy.ts';
import { stub } from './stub.ts';
import {
  backupFiles,
  closeEditors,
  expectFsError,
  expectKvError,
  extension,
  open,
  run,
  testNamespace,
  type,
  workspace,
} from './support.ts';
import { WindowSpy } from './windowSpy.ts';

const globex = { id: 'fedcba9876543210fedcba9876543210', name: 'Globex' };

describe('signing in', () => {
  const account = useAccount('sessions', { signedIn: false });
  let server: CloudflareServer;
  let namespace: TestAccount['namespace'];
  let spy: WindowSpy;

  before(() => {
    ({ server, namespace } = account);
    server.createNamespace('theirs', globex.id);
  });
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
    await run('signOut', { confirm: true });
    server.reset();
  });

  const both = [
    { id: '0123456789abcdef0123456789abcdef', name: 'Acme Inc' },
    { id: globex.id, name: 'Globex' },
  ];
  const signIn = (token: string, more: object = {}) => run<unknown>('signIn', { method: 'token', token, ...more });
  const remote = async (): Promise<string[]> =>
    (await extension().exports.namespaces()).flatMap(({ sourceKind, title }) => (sourceKind === 'remote' ? title : []));
  const uri = (key: string): vscode.Uri => extension().exports.valueUri(namespace, key);
  const openedValue = async (key: string, value: string): Promise<vscode.TextDocument> => {
    await run('putKey', { namespace, key, value });
    return open(uri(key));
  };

  it('with a token shows the namespaces of its account, without a message', async () => {
    assert.deepEqual(await signIn(` ${server.issueToken().text} `), [server.account]);
    assert.deepEqual(await remote(), ['sessions']);
    assert.deepEqual(spy.asked, []);
  });

  it('opens and saves the values of the account', async () => {
    await signIn(server.issueToken().text);
    const document = await openedValue('greeting', 'hello');
    assert.equal(document.getText(), 'hello');
    await type(document, 'hello, world');
    assert.ok(await document.save());
    server.reset();
    await run('signOut', { confirm: true });
    await signIn(server.issueToken().text);
    assert.equal((await open(uri('greeting'))).getText(), 'hello, world');
  });

  it('shows what others have made in the account when the view is refreshed', async () => {
    await signIn(server.issueToken().text);
    assert.deepEqual(await remote(), ['sessions']);
    const made = server.createNamespace('made elsewhere');
    assert.deepEqual(await remote(), ['sessions']);
    await run('refresh');
    assert.deepEqual(await remote(), ['made elsewhere', 'sessions']);
    server.namespaces.remove(server.account.id, made.id);
  });

  it('refuses what is wrong, with the reason, and keeps nothing of it', async () => {
    await expectKvError(run('signIn', { method: 'password' }), 'invalidInput', '“method”', '"wrangler"');
    await expectKvError(run('signIn', { method: 'token' }), 'invalidInput', 'Paste an API token');
    await expectKvError(signIn('two words'), 'invalidInput', 'not an API token');
    await expectKvError(signIn('never-issued'), 'unauthenticated', 'mistyped, expired or revoked');
    await expectKvError(signIn(server.issueToken({ storage: 'none' }).text), 'forbidden', 'Workers KV Storage: Edit');
    const silent = server.issueToken({ listsAccounts: false });
    await expectKvError(signIn(silent.text), 'invalidInput', 'account ID');
    assert.deepEqual(await remote(), []);
    await signIn(silent.text, { accountId: server.account.id });
    assert.deepEqual(await remote(), ['sessions']);
    assert.deepEqual(spy.asked, []);
  });

  it('goes nowhere but to https, or to this machine', async () => {
    await useServer('http://kv.example/client/v4');
    try {
      await expectKvError(signIn(server.issueToken().text), 'invalidInput', 'https://');
    } finally {
      await useServer(server.baseUrl);
    }
  });

  it('stays with the server where it was made', async () => {
    await signIn(server.issueToken().text);
    await useServer('http://127.0.0.1:1/client/v4');
    try {
      assert.deepEqual(await remote(), []);
    } finally {
      await useServer(server.baseUrl);
    }
    assert.deepEqual(await remote(), ['sessions']);
  });

  it('to several accounts shows all, or those that are selected', async () => {
    const token = server.issueToken({ accounts: both });
    assert.deepEqual(await signIn(token.text), both);
    assert.deepEqual((await remote()).sort(), ['sessions', 'theirs']);
    assert.deepEqual(await run('selectAccounts', { accounts: [globex.id] }), [globex]);
    assert.deepEqual(await remote(), ['theirs']);
    await expectKvError(run('selectAccounts', { accounts: ['f'.repeat(32)] }), 'invalidInput', 'not signed in');
    await expectKvError(run('selectAccounts', {}), 'invalidInput', '“accounts”');
    const unknown = [globex.id, 'f'.repeat(32)];
    await expectKvError(run('signOut', { accounts: unknown }), 'invalidInput', 'not signed in', 'f'.repeat(32));
    await expectKvError(run('signOut', { accounts: unknown, confirm: true }), 'invalidInput', 'not signed in');
    assert.equal(spy.asked.length, 0, 'nothing is asked of a sign-out that is refused');
    assert.deepEqual(await run('signOut', { accounts: [globex.id], confirm: true }), [globex]);
    assert.deepEqual(await run('selectAccounts', { accounts: [server.account.id] }), [server.account]);
  });

  it('ends with everything closed, unsaved text included, and values that ask to sign in', async () => {
    await signIn(server.issueToken().text);
    await openedValue('clean', 'a');
    await type(await openedValue('dirty', 'b'), 'c');
    await run('editEntry', { namespace, key: 'clean' });
    assert.deepEqual(await run('signOut', { confirm: true }), [server.account]);
    const ours = (tab: vscode.Tab): boolean =>
      tab.input instanceof vscode.TabInputText && tab.input.uri.authority === namespace.source;
    await eventually(() =>
      assert.deepEqual(
        vscode.window.tabGroups.all.flatMap((group) => group.tabs.filter(ours)),
        [],
      ),
    );
    assert.deepEqual(await remote(), []);
    await expectFsError(vscode.workspace.fs.stat(uri('clean')), 'Unavailable', 'not signed in');
    await expectFsError(vscode.workspace.fs.writeFile(uri('clean'), Buffer.from('x')), 'Unavailable', 'not signed in');
    assert.deepEqual(await run('signOut', { confirm: true }), []);
    assert.deepEqual(spy.asked, []);
  });

  it('ends with everything forgotten that was kept of the account, and of nothing else', async () => {
    const local = testNamespace('host-sign-out');
    await run('forgetUndo', { confirm: true });
    await signIn(server.issueToken().text);
    const deleted = async (where: { source: string; id: string }): Promise<string[]> => {
      await run('putKey', { namespace: where, key: 'gone', value: 'x' });
      const { undo } = await run<{ undo?: string }>('deleteKeys', { namespace: where, keys: ['gone'], confirm: true });
      return backupFiles(undo ?? assert.fail());
    };
    const kept = await deleted(local.namespace);
    const files = [...(await deleted(namespace)), ...(await deleted(namespace))];
    assert.deepEqual([kept.length, files.length], [1, 2]);
    assert.equal(await run('toggleReadOnly', { namespace }), true);
    const { uri: many } = await run<{ uri: vscode.Uri }>('editKeys', { namespace, prefix: 'k' });
    await run('searchKeys', { namespaces: [namespace], text: 'k' });

    assert.equal(await run('signOut', {}), undefined);
    assert.match(spy.asked.at(-1)?.detail ?? '', /4 changes can no longer be undone/);
    assert.ok(files.every(existsSync));
    await run('signOut', { confirm: true });

    assert.deepEqual(files.filter(existsSync), []);
    await eventually(() =>
      assert.deepEqual(
        vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label)),
        [],
      ),
    );
    await expectFsError(vscode.workspace.fs.stat(many), 'FileNotFound');
    assert.ok(kept.every(existsSync));
    await run('undo', {});
    assert.equal((await local.get('gone'))?.value, 'x');
    await run('undo', {});
    assert.equal(await local.get('gone'), undefined);
    await expectKvError(run('undo', {}), 'notFound', 'nothing to undo');

    await signIn(server.issueToken().text);
    assert.equal(await run('toggleReadOnly', { namespace }), true);
    assert.equal(await run('toggleReadOnly', { namespace }), false);
  });

  it('closes comparisons with the account when it ends', async () => {
    const local = testNamespace('host-sign-out-compare');
    await signIn(server.issueToken().text);
    await local.put('only here', 'x');
    await local.put('both', 'here');
    await openedValue('only there', 'y');
    await run('putKey', { namespace, key: 'both', value: 'there' });
    await run('compareNamespaces', { left: local.namespace, right: namespace });
    await eventually(() => assert.equal(vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).length, 2));
    await run('signOut', { confirm: true });
    await eventually(() =>
      assert.deepEqual(
        vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label)),
        [],
      ),
    );
  });

  it('shows the values whose editors waited for it', async () => {
    await signIn(server.issueToken().text);
    await run('putKey', { namespace, key: 'awaited', value: 'here' });
    await run('signOut', { confirm: true });
    await vscode.commands.executeCommand('vscode.open', uri('awaited'));
    const shown = () =>
      vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri('awaited').toString());
    assert.equal(shown(), undefined);
    await signIn(server.issueToken().text);
    await eventually(() => assert.equal(shown()?.document.getText(), 'here'));
  });

  it('is ended only by who confirms it, and says what is lost', async () => {
    await signIn(server.issueToken().text);
    await type(await openedValue('unsaved', 'b'), 'c');
    assert.equal(await run('signOut', {}), undefined);
    assert.match(spy.asked[0]?.text ?? '', /^Sign out of Acme Inc\?$/);
    assert.match(spy.asked[0]?.detail ?? '', /Unsaved changes of 1 document are lost/);
    assert.deepEqual(await remote(), ['sessions']);
    spy.answer = ({ items }) => items[0];
    await run('signOut');
    assert.deepEqual(await remote(), []);
    assert.equal(spy.asked.at(-1)?.text, 'Signed out of Acme Inc.');
  });

  it('with the login of wrangler asks the project’s own wrangler, and again when its token is refused', async () => {
    const tokens = [server.issueToken({ kind: 'oauth' }), server.issueToken({ kind: 'oauth' })];
    const [first] = tokens;
    const folder = join(workspace, 'node_modules', 'wrangler');
    const answers = tokens.map(({ text }) => ({ type: 'oauth', token: text }));
    await mkdir(folder, { recursive: true });
    try {
      await writeFile(join(folder, 'package.json'), '{ "type": "commonjs", "bin": { "wrangler": "cli.js" } }');
      await writeFile(
        join(folder, 'cli.js'),
        `const { appendFileSync, readFileSync } = require('node:fs');
         const count = __dirname + '/count';
         appendFileSync(count, 'x');
         const answers = ${JSON.stringify(answers)};
         console.log(JSON.stringify(answers[readFileSync(count).length - 1] ?? answers.at(-1)));`,
      );
      assert.deepEqual(await run('signIn', { method: 'wrangler' }), [server.account]);
      assert.deepEqual(await remote(), ['sessions']);
      if (first) first.status = 'expired';
      await run('putKey', { namespace, key: 'renewed', value: 'x' });
      assert.equal(await readFile(join(folder, 'count'), 'utf8'), 'xx');
      for (const token of tokens) token.status = 'expired';
      const refused = run('putKey', { namespace, key: 'renewed', value: 'y' });
      await expectKvError(refused, 'unauthenticated', 'npx wrangler login');
    } finally {
      await rm(join(workspace, 'node_modules'), { recursive: true, force: true, maxRetries: 10 });
    }
  });

  it('asks which login of wrangler is meant where it keeps several, and goes on with that one', async () => {
    const logins: Readonly<Record<string, string>> = {
      default: server.issueToken({ kind: 'oauth' }).text,
      work: server.issueToken({ kind: 'oauth', accounts: [globex] }).text,
    };
    const folder = join(workspace, 'node_modules', 'wrangler');
    await mkdir(folder, { recursive: true });
    const shown: { placeHolder: string | undefined; labels: string[] }[] = [];
    const choose = (...labels: (string | undefined)[]): void => {
      stub(
        vscode.window,
        'showQuickPick',
        async (items: readonly vscode.QuickPickItem[], { placeHolder }: vscode.QuickPickOptions) => {
          shown.push({
            placeHolder,
            labels: items.map(({ label, detail }) => [label, detail].filter(Boolean).join(': ')),
          });
          const wanted = labels.shift();
          return wanted === undefined ? undefined : items.find(({ label }) => label.includes(wanted));
        },
      );
    };
    try {
      await writeFile(join(folder, 'package.json'), '{ "type": "commonjs", "bin": { "wrangler": "cli.js" } }');
      await writeFile(
        join(folder, 'cli.js'),
        `const args = process.argv.slice(2);
         const logins = ${JSON.stringify(logins)};
         const profile = args.find((arg) => arg.startsWith('--profile='))?.slice('--profile='.length) ?? 'default';
         console.log(args[1] === 'list'
           ? ['│ Profile │ Directories │', '├─┼─┤', '│ default │ - │', '│ work │ /home/work │'].join('\\n')
           : JSON.stringify({ type: 'oauth', token: logins[profile] }));`,
      );
      choose('Wrangler', undefined);
      await run('signIn');
      assert.deepEqual(await remote(), [], 'dismissed');
      assert.equal(shown[1]?.placeHolder, 'With which login of wrangler?');
      assert.deepEqual(shown[1]?.labels.slice(1), ['default', 'work: /home/work']);
      assert.match(shown[1]?.labels[0] ?? '', /^The Project’s Own: /);

      choose('Wrangler', 'work');
      await run('signIn');
      assert.deepEqual(await remote(), ['theirs']);
      await run('signOut', { confirm: true });

      choose('Wrangler', 'Own');
      await run('signIn');
      assert.deepEqual(await remote(), ['sessions']);
      assert.deepEqual(
        spy.asked.map(({ text }) => text),
        ['Signed in to Globex.', 'Signed in to Acme Inc.'],
      );
    } finally {
      await rm(join(workspace, 'node_modules'), { recursive: true, force: true, maxRetries: 10 });
    }
  });

  it('with the token of the environment happens only when it is chosen', async () => {
    process.env.CLOUDFLARE_API_TOKEN = server.issueToken({ accounts: both }).text;
    process.env.CLOUDFLARE_ACCOUNT_ID = globex.id;
    try {
      assert.deepEqual(await remote(), []);
      assert.deepEqual(await run('signIn', { method: 'environment' }), [globex]);
      assert.deepEqual(await remote(), ['theirs']);
    } finally {
      delete process.env.CLOUDFLARE_API_TOKEN;
      delete process.env.CLOUDFLARE_ACCOUNT_ID;
    }
  });

  it('asks a person for what is missing, and offers a way out of every failure', async () => {
    const [bad, good] = ['never-issued', server.issueToken({ storage: 'read' }).text];
    const ended = server.issueToken();
    ended.status = 'expired';
    const typed = [bad, ended.text, good];
    stub(vscode.window, 'createInputBox', () => acceptingBox(typed.shift() ?? ''));
    const messages = () => spy.asked.filter(({ how }) => how !== 'showQuickPick');
    spy.answer = ({ how, items }) => {
      if (how === 'showQuickPick') return { method: 'token' };
      return how === 'showErrorMessage' ? items[0] : undefined;
    };
    assert.equal(await run('signIn'), undefined);
    const [failed, expired, done] = messages();
    assert.match(failed?.text ?? '', /mistyped, expired or revoked/);
    assert.deepEqual(failed?.items, ['Use Another Token', 'Enter Account ID', 'Open Token Page']);
    assert.match(expired?.text ?? '', /has expired/);
    assert.deepEqual(expired?.items, ['Use Another Token', 'Open Token Page']);
    assert.equal(
      done?.text,
      'Signed in to Acme Inc. This token can read but not write Workers KV in Acme Inc. It needs the permission Workers KV Storage: Edit.',
    );
    assert.deepEqual(done?.items, ['Use Another Token', 'Open Token Page']);
    assert.deepEqual(await remote(), ['sessions']);
  });

  it('leaves a token in no file, message, address or clipboard, whatever fails', async () => {
    const folder = process.env[dataFolderVariable] ?? assert.fail();
    const token = server.issueToken();
    const { text } = token;
    const failures: unknown[] = [];
    const attempt = async (work: () => PromiseLike<unknown>): Promise<void> => {
      try {
        failures.push(await work());
      } catch (error) {
        for (let now: unknown = error; now instanceof Error; now = now.cause) failures.push(now.message, now.stack);
      }
    };
    await attempt(() => signIn(`${text} ${text}`));
    await attempt(() => signIn(text, { accountId: text }));
    for (const mishap of [
      { kind: 'html', status: 502 },
      { kind: 'notSuccessful' },
      { kind: 'redirect', to: `http://localhost:9/?${text}` },
      { kind: 'status', status: 401, code: 10000 },
      { kind: 'status', status: 400, code: 6003 },
    ] as const) {
      server.faults.add({ mishap, times: 20 });
      await attempt(() => signIn(text));
      server.reset();
    }
    await signIn(text);
    await openedValue('secret', 'x');
    for (const status of ['expired', 'revoked', 'disabled'] as const) {
      token.status = status;
      await attempt(() => vscode.workspace.fs.readFile(uri('secret')));
      await attempt(() => run('putKey', { namespace, key: 'secret', value: 'y' }));
      await attempt(() => run('copyKeyName', { namespace, key: 'secret' }));
      await run('refresh');
      await run('copyValue', uri('secret'));
    }
    token.status = 'active';
    token.storage = 'read';
    await attempt(() => run('putKey', { namespace, key: 'secret', value: 'z' }));
    await run('showLog');
    await attempt(() => run('signOut', { confirm: true }));

    assert.ok(failures.length > 15);
    assert.ok(logged.some((line) => line.includes('[unauthenticated]')));
    const shown = [...failures, ...spy.asked, ...logged, await vscode.env.clipboard.readText()];
    const open = vscode.workspace.textDocuments.map((document) => [document.uri.toString(), document.getText()]);
    assert.ok(!JSON.stringify([shown, open]).includes(text));
    assert.deepEqual(filesWith(folder, text), []);
    assert.deepEqual(filesWith(workspace, text), []);
  });
});

/** An input box in which somebody has typed this. */
function acceptingBox(value: string): vscode.InputBox {
  const nothing = (): vscode.Disposable => ({ dispose() {} });
  return {
    value,
    onDidTriggerButton: nothing,
    onDidChangeValue: nothing,
    onDidHide: nothing,
    dispose() {},
    onDidAccept: (accept: () => void) => {
      setTimeout(accept);
      return nothing();
    },
    show() {},
  } as Partial<vscode.InputBox> as vscode.InputBox;
}
