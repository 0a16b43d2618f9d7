import assert from 'node:assert/strict';
import { KvError } from '../../src/core/base/errors.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { planSync, syncSteps, withRightStates } from '../../src/core/transfer/sync.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { Transfers } from '../support/transfers.ts';

const value = (text: string): Uint8Array => Buffer.from(text);
const operation = { kind: 'sync', namespace: { source: 's', id: 'n' }, label: 'Copied' } as const;

describe('a sync', () => {
  let transfers: Transfers;
  let from: MemoryStore;
  let to: MemoryStore;
  beforeEach(async () => {
    transfers = new Transfers();
    [from, to] = [new MemoryStore(), new MemoryStore()];
    for (let at = 0; at < 1200; at++) {
      if (at % 3 !== 0) await from.put({ key: `k${at}`, value: value(`from ${at % 2}`), metadata: at });
      if (at % 3 !== 1) await to.put({ key: `k${at}`, value: value('from 0'), metadata: at });
    }
  });
  afterEach(() => transfers.dispose());

  it('makes one side like the other, and is undone exactly', async () => {
    const before = to.entries;
    const { outcome, undo } = await transfers.sync(from, to);
    assert.deepEqual(outcome, { done: 1000, skipped: 0, failed: [], cancelled: false });
    assert.deepEqual(to.entries, from.entries);
    const undone = await transfers.undo(undo, to);
    assert.deepEqual([undone.done, undone.failed], [1000, []]);
    assert.deepEqual(to.entries, before);
  });

  it('that was cancelled and started again is undone in one go, but for what somebody changed between', async () => {
    const before = to.entries;
    const cancel = new AbortController();
    const first = await transfers.sync(from, to, {
      signal: cancel.signal,
      limits: { items: 100, bytes: 1e9 },
      report: (done) => done >= 800 && cancel.abort(),
    });
    const { undo } = first;
    const { done } = first.outcome;
    assert.ok(done >= 800 && done < 1000);
    // Of what was written: changed on either side, and gone from the side it comes from.
    await from.put({ key: 'k1', value: value('from later') });
    await to.put({ key: 'k5', value: value('theirs') });
    await from.delete('k4');
    const second = await transfers.sync(from, to, { earlier: undo });
    assert.equal(second.total, 1000 - done + 3);
    assert.deepEqual(to.entries, from.entries);
    assert.equal(second.undo, undo);
    const undone = await transfers.undo(undo, to);
    assert.deepEqual(undone.changed, ['k5']);
    assert.deepEqual(
      to.entries.filter(({ key }) => key !== 'k5'),
      before.filter(({ key }) => key !== 'k5'),
    );
    assert.deepEqual((await to.get('k5'))?.value, Uint8Array.from(value('theirs')));
  });

  it('leaves what is only there alone unless told otherwise', async () => {
    const only = to.entries.filter(({ metadata }) => Number(metadata) % 3 === 0);
    const { outcome } = await transfers.sync(from, to, { deleteExtra: false });
    assert.equal(outcome.done, 600);
    assert.equal(to.entries.length, from.entries.length + only.length);
    assert.deepEqual((await planSync(from, to, {})).counts, { add: 0, change: 0, remove: 400, same: 800 });
  });

  it('goes on without Undo where there is no room', async () => {
    transfers.megabytes = 0;
    const { outcome, undo } = await transfers.sync(from, to);
    assert.deepEqual([outcome.done, undo], [1000, undefined]);
    assert.deepEqual(await transfers.journals.list(), []);
  });

  it('names what could not be written', async () => {
    to.intercept = (call, key) => {
      if (call === 'put' && key === 'k1') throw new KvError('server', 'no');
      if (call === 'delete') throw new KvError('offline', 'gone');
    };
    const { outcome } = await transfers.sync(from, to);
    assert.deepEqual([outcome.done, outcome.failed.length, outcome.cancelled], [599, 401, false]);
    assert.equal(outcome.failed[0]?.key, 'k1');
  });

  it('leaves alone what moved on either side since both were compared', async () => {
    const plan = await withRightStates(await planSync(from, to, {}), to, undefined);
    const metadata = 5;
    await to.put({ key: 'k5', value: value('from 7'), metadata });
    await to.put({ key: 'k1', value: value('new'), metadata: 1 });
    await to.delete('k11');
    await to.put({ key: 'k3', value: value('from 9'), metadata: 3 });
    await from.put({ key: 'k6', value: value('not extra any more') });
    const { steps } = syncSteps(from, plan, true);
    const { done, failed } = await transfers.changes(to).run(operation, steps(undefined));
    assert.deepEqual(failed.map(({ key, error }) => [key, error.kind]).sort(), [
      ['k1', 'conflict'],
      ['k11', 'conflict'],
      ['k3', 'conflict'],
      ['k5', 'conflict'],
      ['k6', 'conflict'],
    ]);
    assert.equal(done, 995);
    assert.deepEqual((await to.get('k3'))?.value, Uint8Array.from(value('from 9')));
  });

  it('neither copies nor removes what cannot be read', async () => {
    const getMany: KvStore['getMany'] = async function* (keys, signal, onUnread) {
      const error = new KvError('server', 'The value of “k2” cannot be read.');
      if (keys.includes('k2')) onUnread?.({ key: 'k2', error });
      yield* MemoryStore.prototype.getMany.call(
        from,
        keys.filter((key) => key !== 'k2'),
        signal,
      );
    };
    Object.assign(from, { getMany });
    const theirs = await to.get('k2');
    const plan = await planSync(from, to, {});
    assert.deepEqual(
      plan.unread.map(({ key }) => key),
      ['k2'],
    );
    const { outcome, total } = await transfers.sync(from, to);
    assert.deepEqual(await to.get('k2'), theirs);
    assert.deepEqual(
      outcome.failed.map(({ key, error }) => [key, error.message]),
      [['k2', 'The value of “k2” cannot be read.']],
    );
    assert.equal(total, outcome.done + 1);
    assert.deepEqual(
      (await transfers.journals.unfinishedWorks()).map(({ isRefused }) => isRefused),
      [true],
    );
  });

  it('does not take a listed key that a read may not show yet for a missing one', async () => {
    Object.assign(from, { staleMs: 60_000 });
    from.intercept = (call, key) => {
      if (call === 'get' && key === 'k2') from.delete('k2').catch(() => {});
    };
    const listed = await from.list({});
    await from.delete('k2');
    from.intercept = undefined;
    from.list = async () => listed;
    const theirs = await to.get('k2');
    const plan = await planSync(from, to, {});
    assert.deepEqual(
      plan.unread.map(({ key, error }) => [key, error.kind]),
      [['k2', 'busy']],
    );
    assert.ok(!plan.differences.some(({ key }) => key === 'k2'));
    assert.deepEqual(await to.get('k2'), theirs);
  });

  it('counts keys that vanished from their side as skipped', async () => {
    const plan = await planSync(from, to, {});
    await from.delete('k1');
    const { steps } = syncSteps(from, plan, false);
    const outcome = await transfers.changes(to).run(operation, steps(undefined));
    assert.deepEqual([outcome.done, outcome.skipped, outcome.failed], [599, 1, []]);
  });

  it('names keys of which a read gives nothing where it may be older than the comparison', async () => {
    Object.assign(from, { staleMs: 60_000 });
    const plan = await planSync(from, to, {});
    const unseen = await from.get('k1');
    assert.ok(unseen);
    await from.delete('k1');
    await from.delete('k4');
    let reads = 0;
    from.intercept = (call, key) => {
      // The second look at this one shows it.
      if (call === 'get' && key === 'k4' && ++reads === 1) void from.put({ ...unseen, key: 'k4' });
    };
    const { steps } = syncSteps(from, plan, false);
    const { done, skipped, failed } = await transfers.changes(to).run(operation, steps(undefined));
    assert.deepEqual([done, skipped, failed.map(({ key, error }) => [key, error.kind])], [599, 0, [['k1', 'busy']]]);
  });

  it('names every key, however many fail', async () => {
    const differences = Array.from({ length: 200_000 }, (_, at) => ({
      kind: 'add' as const,
      key: `new ${at}`,
      right: 'absent' as const,
    }));
    const error = new KvError('offline', 'gone');
    from.getMany = async function* (keys) {
      for (const key of keys) yield { key, value: new Uint8Array() };
    };
    to.putMany = async (entries) => ({
      done: 1,
      skipped: 0,
      cancelled: false,
      failed: entries.slice(1).map(({ key }) => ({ key, error })),
    });
    const limits = { items: 10_000, bytes: 1e9 };
    const { steps } = syncSteps(from, { differences, unread: [] }, true);
    const { done, failed } = await transfers.changes(to).run(operation, steps(undefined), { limits });
    assert.deepEqual([done, failed.length], [20, 199_980]);
  });

  it('stops before the next batch when cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    const { outcome } = await transfers.sync(from, to, { signal: controller.signal });
    assert.deepEqual([outcome.done, outcome.failed, outcome.cancelled], [0, [], true]);
  });
});
