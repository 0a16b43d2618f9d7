import assert from 'node:assert/strict';
import type { CloudflareServer } from '../support/cloudflare/server.ts';
import { eventually } from '../support/eventually.ts';
import { type TestAccount, useAccount } from './account.ts';
import {
  closeEditors,
  expectKvError,
  extension,
  inSeconds,
  run,
  type TestNamespace,
  testNamespace,
} from './support.ts';
import { WindowSpy } from './windowSpy.ts';

interface Synced {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
  readonly same: number;
  readonly done: number;
  readonly failed: readonly { readonly key: string; readonly error: { readonly kind: string } }[];
  readonly undo?: string;
}

describe('pull, push and copy to local', () => {
  const account = useAccount('pull-and-push');
  let server: CloudflareServer;
  let remote: TestAccount['namespace'];
  let local: TestNamespace;
  let spy: WindowSpy;

  before(async () => {
    ({ server, namespace: remote } = account);
    const { id } = remote;
    local = testNamespace(id);
    await local.put('kept', 'v', { metadata: { a: 1 }, expiration: inSeconds(86_400) });
    await eventually(async () => {
      const sides = (await extension().exports.namespaces()).filter((one) => one.id === id);
      assert.equal(sides.length, 2);
    });
  });
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

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

  it('copy a group or single keys to local, and nothing beside them', async () => {
    const put = (key: string, value: string) => run('putKey', { namespace: remote, key, value });
    for (const key of ['copy:1', 'copy:2', 'other:1', 'single']) await put(key, 'there');
    await local.put('copy:extra', 'here');
    await local.put('copy:2', 'there');
    const group = await run<Synced>('copyToLocal', { namespace: remote, prefix: 'copy:', confirm: true });
    assert.deepEqual(counts(group), [1, 0, 0, 1]);
    assert.equal((await local.get('copy:1'))?.value, 'there');
    assert.equal((await local.get('copy:extra'))?.value, 'here');
    assert.equal(await local.get('other:1'), undefined);

    await put('copy:1', 'changed');
    const keys = ['copy:1', 'copy:2', 'single', 'nowhere', 'copy:extra'];
    const single = await run<Synced>('copyToLocal', { namespace: remote, keys, confirm: true });
    assert.deepEqual([...counts(single), single.done], [1, 1, 0, 1, 2]);
    assert.deepEqual(
      single.failed.map(({ key, error }) => [key, error.kind]),
      [
        ['copy:extra', 'notFound'],
        ['nowhere', 'notFound'],
      ],
    );
    assert.deepEqual([(await local.get('copy:1'))?.value, (await local.get('single'))?.value], ['changed', 'there']);
    await run('undo', { id: single.undo });
    assert.deepEqual([(await local.get('copy:1'))?.value, await local.get('single')], ['there', undefined]);

    const exact = { namespace: remote, keys: ['copy:extra'], deleteExtra: true, confirm: true };
    assert.deepEqual(counts(await run<Synced>('copyToLocal', exact)), [0, 0, 1, 0]);
    assert.equal(await local.get('copy:extra'), undefined);
    assert.equal((await run<Synced>('copyToLocal', { namespace: remote, confirm: true })).done, 3);
    await expectKvError(run('copyToLocal', { ...exact, prefix: 'x' }), 'invalidInput', 'either “keys” or “prefix”');
    await expectKvError(run('copyToLocal', { namespace: local.namespace }), 'invalidInput', 'is local');
    await expectKvError(run('pull', { namespace: remote }), 'invalidInput', 'belongs to an account');
    assert.deepEqual(spy.asked, []);
  });

  it('say which side changes when keys are copied to local from an editor or the view', async () => {
    await run('putKey', { namespace: remote, key: 'shown', value: 'v' });
    spy.answer = ({ how, items }) => (how === 'showWarningMessage' ? items[0] : undefined);
    await run('copyToLocal', extension().exports.valueUri(remote, 'shown'));
    assert.equal((await local.get('shown'))?.value, 'v');
    const [question, told] = spy.asked;
    assert.match(question?.text ?? '', /^Copy 1 key from pull-and-push \(Acme.*\) to .+ \(local, .*\)\?$/);
    assert.match(question?.detail ?? '', /^shown\.\nOnly .+ \(local, .*\) changes: 1 added\./);
    assert.match(told?.text ?? '', /^Copied 1 key to .+ \(local, .*\): 1 added\.$/);
    await run('copyToLocal', extension().exports.valueUri(remote, 'shown'));
    assert.match(spy.asked[2]?.text ?? '', /^Nothing to copy: 1 key the same in .+ \(local, .*\)\.$/);
    assert.equal(spy.asked.length, 3);
  });

  it('ask for a local namespace where none is bound alike, unless an argument object says all', async () => {
    const { id } = server.createNamespace('alone');
    await run('refresh');
    const namespace = { source: remote.source, id };
    await run('putKey', { namespace, key: 'k', value: 'v' });
    await expectKvError(run('copyToLocal', { namespace, confirm: true }), 'notFound', 'no local counterpart');
    const target = testNamespace(local.namespace.id);
    await run('copyToLocal', extension().exports.valueUri(namespace, 'k'));
    assert.deepEqual(
      spy.asked.map(({ how }) => how),
      ['showQuickPick'],
    );
    assert.equal(await target.get('k'), undefined);
  });

  it('ask before a real account is written, and say what it costs', async () => {
    await run('push', { namespace: local.namespace, confirm: true });
    await local.put('new', 'v');
    assert.equal(await run('push', { namespace: local.namespace }), undefined);
    const [question] = spy.asked;
    assert.match(question?.text ?? '', /^Copy 1 key from .+ to pull-and-push \(.+\)\?$/);
    assert.match(
      question?.detail ?? '',
      /Only pull-and-push .* changes[\s\S]*2 requests, 1 read, 1 write: .*free plan/,
    );
  });
});
