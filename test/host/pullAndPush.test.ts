import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { CloudflareServer } from '../support/cloudflare/server.ts';
import { eventually } from '../support/eventually.ts';
import { extension, inSeconds, run, type TestNamespace, testNamespace } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

interface Synced {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
  readonly same: number;
  readonly done: number;
  readonly undo?: string;
}

describe('pull, push and copy to local', function () {
  this.timeout(60_000);
  let server: CloudflareServer;
  let remote: { source: string; id: string };
  let local: TestNamespace;
  let spy: WindowSpy;
  const apiBaseUrl = (url: string | undefined): Thenable<void> =>
    vscode.workspace
      .getConfiguration('cloudflareKv')
      .update('remote.apiBaseUrl', url, vscode.ConfigurationTarget.Global);

  before(async () => {
    server = await CloudflareServer.start();
    const { id } = server.createNamespace('pull-and-push');
    remote = { source: `account-${server.account.id}`, id };
    local = testNamespace(id);
    await apiBaseUrl(server.baseUrl);
    await run('signIn', { method: 'token', token: server.issueToken().text });
    await local.put('kept', 'v', { metadata: { a: 1 }, expiration: inSeconds(86_400) });
    await eventually(async () => {
      const sides = (await extension().exports.namespaces()).filter((one) => one.id === id);
      assert.equal(sides.length, 2);
    });
  });
  after(async () => {
    await run('signOut', { confirm: true });
    await apiBaseUrl(undefined);
    await server.stop();
  });
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(() => spy.restore());

  const counts = ({ add, change, remove, same }: Synced): readonly number[] => [add, change, remove, same];

  it('write to the side that they say, and can be undone', async () => {
    const before = await local.get('kept');
    await local.put('bytes', Uint8Array.of(0, 255));
    const pushed = await run<Synced>('push', { namespace: local.namespace, confirm: true });
    assert.deepEqual(counts(pushed), [2, 0, 0, 0]);
    await run('putKey', { namespace: remote, key: 'there', value: 'v' });
    await local.put('extra', 'v');
    await local.put('kept', 'changed');
    const args = { namespace: remote, confirm: true };
    const copied = await run<Synced>('copyToLocal', args);
    assert.deepEqual(counts(copied), [1, 1, 0, 1]);
    assert.deepEqual(await local.get('kept'), before);
    assert.equal((await local.get('there'))?.value, 'v');
    assert.equal((await local.get('extra'))?.value, 'v');
    await run('undo', { id: copied.undo });
    assert.deepEqual(await local.get('kept'), { value: 'changed' });
    assert.equal(await local.get('there'), undefined);
    const pulled = await run<Synced>('pull', { namespace: local.namespace, deleteExtra: true, confirm: true });
    assert.deepEqual(counts(pulled), [1, 1, 1, 1]);
    assert.equal(await local.get('extra'), undefined);
    assert.deepEqual(spy.asked, []);
  });

  it('ask before a real account is written, and say what it costs', async () => {
    await local.put('new', 'v');
    assert.equal(await run('push', { namespace: local.namespace }), undefined);
    const [question] = spy.asked;
    assert.match(question?.text ?? '', /^Copy 1 key from .+ to pull-and-push \(.+\)\?$/);
    assert.match(question?.detail ?? '', /Only pull-and-push .* changes[\s\S]*1 request, 1 writes: .*free plan/);
  });
});
