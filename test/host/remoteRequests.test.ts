import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { asked, settled, type TestAccount, useAccount } from './account.ts';
import { stub } from './stub.ts';
import { closeEditors, extension, open, run } from './support.ts';
import { leaveAndComeBack } from './windowFocus.ts';
import { WindowSpy } from './windowSpy.ts';

const GROUPS = 20;

describe('the requests to an account', () => {
  const account = useAccount('requests');
  let namespace: TestAccount['namespace'];
  let spy: WindowSpy;

  before(() => {
    ({ namespace } = account);
  });
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  const uri = (key: string): vscode.Uri => extension().exports.valueUri(namespace, key);
  const said = (): string => JSON.stringify(account.server.log);

  it('are one list at most for a new key, with twenty groups open', async () => {
    const prefixes = Array.from({ length: GROUPS }, (_, i) => `g${String(i).padStart(2, '0')}:`);
    const keys = await account.server.createNamespace('groups');
    const many = { source: namespace.source, id: keys.id };
    for (const prefix of prefixes) await keys.keys.put({ key: `${prefix}a` }, Buffer.from('v'));
    await run('refresh', {});
    await vscode.commands.executeCommand('cloudflareKv.tree.focus');
    await run('loadAll', { namespace: many });
    for (const prefix of prefixes) await run('loadAll', { namespace: many, prefix });
    await settled(account);
    for (const [command, more] of [
      ['newKey', { key: 'g07:new', value: 'v' }],
      ['putKey', { key: 'g08:new', value: 'v' }],
    ] as const) {
      account.server.reset();
      await run(command, { namespace: many, ...more });
      await settled(account);
      assert.ok(asked(account, 'listKeys').length <= 1, said());
      assert.equal(asked(account, 'putValue').length, 1);
      assert.ok(asked(account).length <= 4, said());
    }
  });

  it('are none while the name of a key is typed', async () => {
    const name = 'twelve:names';
    const told: unknown[] = [];
    stub(vscode.window, 'showInputBox', async (options: vscode.InputBoxOptions) => {
      for (let length = 1; length <= name.length; length++) {
        told.push(await options.validateInput?.(name.slice(0, length)));
      }
      return undefined;
    });
    await run('putKey', { namespace, key: 'open', value: 'v' });
    await open(uri('open'));
    await settled(account);
    account.server.reset();
    await run('newKey');
    await run('duplicateKey');
    await run('renameKey');
    assert.equal(told.length, 3 * name.length);
    // Duplicate and rename may look at the key itself.
    assert.equal(asked(account, 'listKeys', 'bulkGet').length, 0, said());
    assert.ok(asked(account).length <= 2, said());
  });

  it('are those of what can be seen when the window gets the focus, and none of a large value', async () => {
    const keys = Array.from({ length: 10 }, (_, i) => `open:${i}`);
    for (const key of keys) await run('putKey', { namespace, key, value: key });
    await run('putKey', { namespace, key: 'open:large', value: 'x'.repeat(1_500_000) });
    for (const key of [...keys, 'open:large']) await open(uri(key));
    await settled(account);
    account.server.reset();
    assert.ok(leaveAndComeBack() >= 3);
    await settled(account);
    assert.equal(asked(account, 'getValue', 'bulkGet').length, 0, said());
    assert.ok(asked(account).length <= 2, said());

    await vscode.window.showTextDocument(uri('open:3'));
    await settled(account);
    account.server.reset();
    leaveAndComeBack();
    await eventually(() => assert.equal(asked(account, 'getValue').length, 1, said()));
    await settled(account);
    assert.equal(asked(account, 'getValue').length, 1, said());
    assert.ok(asked(account).length <= 2, said());
  });
});
