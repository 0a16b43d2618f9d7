import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { CloudflareServer } from '../support/cloudflare/server.ts';
import type { Token } from '../support/cloudflare/tokens.ts';
import { eventually } from '../support/eventually.ts';
import { settled, useServer } from './account.ts';
import { closeEditors, expectKvError, extension, open, run, type } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

/** How often everything is looked at: often enough for whatever would cause itself to be seen doing it. */
const ROUNDS = 12;
/** How often a token that was refused may be sent in a minute. */
const A_MINUTE = 6;

describe('an account in trouble', () => {
  let server: CloudflareServer;
  let token: Token;
  let namespace: { readonly source: string; readonly id: string };
  let spy: WindowSpy;

  beforeEach(async () => {
    server = await CloudflareServer.start();
    token = server.issueToken();
    namespace = { source: `account-${server.account.id}`, id: server.createNamespace('sessions').id };
    await useServer(server.baseUrl);
    await run('signIn', { method: 'token', token: token.text });
    for (const key of ['a', 'b']) await run('putKey', { namespace, key, value: `value of ${key}` });
    await vscode.commands.executeCommand('cloudflareKv.tree.focus');
    await run('loadAll', { namespace });
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
    await run('signOut', { confirm: true });
    await useServer(undefined);
    await server.stop();
  });

  const uri = (key: string): vscode.Uri => extension().exports.valueUri(namespace, key);
  const text = (key: string): string | undefined =>
    vscode.window.visibleTextEditors
      .find(({ document }) => document.uri.toString() === uri(key).toString())
      ?.document.getText();

  it('whose token was revoked is asked a few times a minute at most, whatever happens meanwhile', async () => {
    await open(uri('a'));
    await open(uri('b'));
    await settled({ namespace });
    token.status = 'revoked';
    server.reset();
    const start = performance.now();
    for (let round = 1; round <= ROUNDS; round++) {
      // What people and VS Code do: look at values, rows and completions, and read the namespaces.
      await vscode.window.showTextDocument(uri(round % 2 === 0 ? 'a' : 'b'));
      for (const look of [
        () => vscode.workspace.fs.stat(uri('a')),
        () => vscode.workspace.fs.readFile(uri('b')),
        () => vscode.workspace.fs.stat(uri(`other ${round}`)),
        () => extension().exports.namespaces(),
        () => run('searchKeys', { namespaces: [namespace], text: 'a' }),
      ]) {
        await look().then(undefined, () => {});
      }
    }
    const minutes = Math.ceil((performance.now() - start) / 60_000);
    const asked = server.log.map(({ operation, at }) => `${operation} after ${Math.round(at - start)} ms`);
    // Those included that were under way together when the first was refused.
    assert.ok(asked.length > 0 && asked.length <= A_MINUTE * minutes, asked.join(', '));
    await expectKvError(run('putKey', { namespace, key: 'a', value: 'x' }), 'unauthenticated', 'Sign in again');
    assert.deepEqual(
      spy.asked.map((told) => told.text),
      [],
    );

    token.status = 'active';
    await run('refresh', {});
    await eventually(async () =>
      assert.deepEqual(await run('putKey', { namespace, key: 'a', value: 'again' }), {
        namespace,
        key: 'a',
      }),
    );
    await vscode.window.showTextDocument(uri('a'));
    await eventually(() => assert.equal(text('a'), 'again'));
  });

  it('that cannot be reached is back by itself, with what was opened meanwhile, and nothing that was typed is lost', async () => {
    const document = await open(uri('a'));
    await settled({ namespace });
    const comeBack = await server.leave();
    await type(document, 'typed while offline');
    assert.equal(await document.save(), false);
    assert.ok(document.isDirty);
    await expectKvError(run('putKey', { namespace, key: 'b', value: 'x' }), 'offline', 'Nothing was written. “b”');
    await expectKvError(run('deleteKeys', { namespace, keys: ['b'] }), 'offline', 'Nothing was deleted. “b”');
    await expectKvError(
      run('deleteKeys', { namespace, keys: ['b'], confirm: true }),
      'offline',
      'Nothing was deleted. “b”',
    );
    await expectKvError(run('clearNamespace', { namespace }), 'offline', 'Nothing was deleted. The keys');
    await expectKvError(run('deleteNamespace', { namespace }), 'offline', 'Nothing was deleted. The keys');
    // An editor that cannot show its value waits for it.
    await vscode.commands.executeCommand('vscode.open', uri('b'), { viewColumn: vscode.ViewColumn.Two });
    assert.equal(text('b'), undefined);

    await comeBack();
    await eventually(() => assert.equal(text('b'), 'value of b'), 60_000);
    // With the one of `settled`.
    assert.equal((await run<{ keysRead: number }>('loadAll', { namespace })).keysRead, 3);
    assert.equal(document.getText(), 'typed while offline');
    assert.ok(await document.save());
    assert.equal(Buffer.from(await vscode.workspace.fs.readFile(uri('a'))).toString(), 'typed while offline');
  });
});
