import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KvError } from '../../src/core/base/errors.ts';
import { BackupStore } from '../../src/core/change/undo/backup.ts';
import { restore } from '../../src/core/change/undo/restore.ts';
import { planSync, Sync } from '../../src/core/transfer/sync.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const subject = { source: 'local-1', namespace: 'ns', label: 'Copied' };
const value = (text: string): Uint8Array => Buffer.from(text);

describe('a sync', () => {
  let folder: string;
  let backups: BackupStore;
  const options = { days: 7, megabytes: 100, clock: Date.now };
  let from: MemoryStore;
  let to: MemoryStore;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kv-sync-'));
    options.megabytes = 100;
    backups = new BackupStore(folder, options);
    [from, to] = [new MemoryStore(), new MemoryStore()];
    for (let at = 0; at < 1200; at++) {
      if (at % 3 !== 0) await from.put({ key: `k${at}`, value: value(`from ${at % 2}`), metadata: at });
      if (at % 3 !== 1) await to.put({ key: `k${at}`, value: value('from 0'), metadata: at });
    }
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const sync = async (deleteExtra: boolean): Promise<Sync> =>
    new Sync(from, to, await planSync(from, to, {}), deleteExtra);

  it('makes one side like the other, and is undone exactly', async () => {
    const before = to.entries;
    const work = await sync(true);
    const undo = (await work.backUp(backups, subject, {}))?.id;
    assert.deepEqual(await work.run({}), { done: 1000, skipped: 0, failed: [], cancelled: false });
    assert.deepEqual(to.entries, from.entries);
    const undone = await restore(backups.read(undo ?? ''), to);
    assert.deepEqual([undone.done, undone.failed], [1000, []]);
    assert.deepEqual(to.entries, before);
  });

  it('that was cancelled and started again is undone in one go, but for what somebody changed between', async () => {
    const before = to.entries;
    const first = await sync(true);
    const earlier = await first.backUp(backups, subject, {});
    to.deleteMany = async (keys) => {
      const outcome = await MemoryStore.prototype.deleteMany.call(to, keys.slice(0, 200));
      return { ...outcome, cancelled: true };
    };
    const { done } = await first.run({});
    Reflect.deleteProperty(to, 'deleteMany');
    assert.equal(done, 800);
    // Of what was written: changed on either side, and gone from the side it comes from.
    await from.put({ key: 'k1', value: value('from later') });
    await to.put({ key: 'k5', value: value('theirs') });
    await from.delete('k4');
    const second = await sync(true);
    assert.equal(second.keys.length, 203);
    const again = await second.backUp(backups, subject, { earlier: { undo: earlier?.id ?? '', done } });
    await second.run({});
    assert.deepEqual(to.entries, from.entries);
    const undone = await restore(backups.read(again?.id ?? ''), to);
    assert.deepEqual([undone.done + undone.skipped + undone.failed.length, undone.changed], [1000, ['k5']]);
    assert.deepEqual(
      to.entries.filter(({ key }) => key !== 'k5'),
      before.filter(({ key }) => key !== 'k5'),
    );
    assert.deepEqual((await to.get('k5'))?.value, Uint8Array.from(value('theirs')));
  });

  it('leaves what is only there alone unless told otherwise', async () => {
    const only = to.entries.filter(({ metadata }) => Number(metadata) % 3 === 0);
    const work = await sync(false);
    assert.deepEqual(await work.run({}), { done: 600, skipped: 0, failed: [], cancelled: false });
    assert.equal(to.entries.length, from.entries.length + only.length);
    assert.deepEqual((await planSync(from, to, {})).counts, { add: 0, change: 0, remove: 400, same: 800 });
  });

  it('goes on without a backup that would be too large, and says so', async () => {
    options.megabytes = 0;
    const work = await sync(true);
    assert.equal(await work.backUp(backups, subject, {}), undefined);
    assert.deepEqual(await backups.list(), []);
  });

  it('names what could not be written', async () => {
    const work = await sync(true);
    to.intercept = (call, key) => {
      if (call === 'put' && key === 'k1') throw new KvError('server', 'no');
      if (call === 'delete') throw new KvError('offline', 'gone');
    };
    const outcome = await work.run({});
    assert.deepEqual([outcome.done, outcome.failed.length, outcome.cancelled], [599, 401, false]);
    assert.equal(outcome.failed[0]?.key, 'k1');
  });

  it('counts keys that vanished from their side as skipped', async () => {
    const work = await sync(false);
    await from.delete('k1');
    assert.deepEqual(await work.run({}), { done: 599, skipped: 1, failed: [], cancelled: false });
  });

  it('writes nothing that the backup does not know, though it has come back since', async () => {
    const work = await sync(false);
    const k5 = await from.get('k5');
    await from.delete('k5');
    await work.backUp(backups, subject, {});
    if (k5) await from.put(k5);
    const theirs = await to.get('k5');
    assert.deepEqual(await work.run({}), { done: 599, skipped: 1, failed: [], cancelled: false });
    assert.deepEqual(await to.get('k5'), theirs);
  });

  it('names every key, however many fail', async () => {
    const differences = Array.from({ length: 200_000 }, (_, at) => ({ kind: 'remove' as const, key: `k${at}` }));
    const error = new KvError('offline', 'gone');
    to.deleteMany = async (keys) => ({
      ...{ done: 1, skipped: 0, cancelled: false },
      failed: keys.slice(1).map((key) => ({ key, error })),
    });
    const { done, failed } = await new Sync(from, to, { differences }, true).run({});
    assert.deepEqual([done, failed.length], [1, 199_999]);
    to.deleteMany = () => Promise.reject(error);
    differences.push(...['k1', 'k2'].map((key) => ({ kind: 'add' as never, key })));
    assert.equal((await new Sync(from, to, { differences }, true).run({})).failed.length, 200_000);
  });

  it('holds large values only as many as one batch has', async () => {
    const large = new Uint8Array(2_000_000);
    const differences = Array.from({ length: 200 }, (_, at) => ({ kind: 'add' as const, key: `large ${at}` }));
    let ahead = 0;
    let most = 0;
    from.getMany = async function* (keys) {
      for (const key of keys) {
        most = Math.max(most, ++ahead);
        yield { key, value: large };
      }
    };
    to.putMany = async (entries) => {
      ahead -= entries.length;
      return { done: entries.length, skipped: 0, failed: [], cancelled: false };
    };
    const work = new Sync(from, to, { differences }, false);
    assert.equal((await work.run({})).done, 200);
    assert.ok(most <= 20, `${most} values at once`);
  });

  it('tells of the rest when reading breaks off half-way, and throws when nothing was done', async () => {
    const large = new MemoryStore();
    const bytes = new Uint8Array(20_000_000);
    for (let at = 0; at < 501; at++) await large.put({ key: `k${1000 + at}`, value: at % 250 ? value('') : bytes });
    const empty = new MemoryStore();
    const work = new Sync(large, empty, await planSync(large, empty, {}), false);
    large.intercept = (call, key) => {
      if (call === 'get' && key === 'k1500') throw new KvError('offline', 'gone');
    };
    const { done, failed } = await work.run({});
    assert.deepEqual([done, failed.map(({ key }) => key)], [500, ['k1500']]);
    large.intercept = () => {
      throw new KvError('offline', 'gone');
    };
    await assert.rejects(work.run({}), /gone/);
  });

  it('stops before the next batch when cancelled', async () => {
    const controller = new AbortController();
    const work = await sync(true);
    controller.abort();
    assert.deepEqual(await work.run({ signal: controller.signal }), {
      done: 0,
      skipped: 0,
      failed: [],
      cancelled: true,
    });
  });
});
