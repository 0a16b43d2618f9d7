import assert from 'node:assert/strict';
import { isKvError } from '../../src/core/base/errors.ts';
import { dayAfter } from '../../src/core/usage/days.ts';
import type { UsageQuery } from '../../src/core/usage/readings.ts';
import { type Usage, usageOf } from '../../src/core/usage/usage.ts';
import { type Remote, startRemote } from '../support/cloudflare/remote.ts';
import { ManualTiming } from '../support/manualTiming.ts';

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);
const FIVE_MINUTES = 300_000;

describe('usage of an account', () => {
  const today = '2026-11-10';
  const yesterday = '2026-11-09';
  let remote: Remote;
  let timing: ManualTiming;
  beforeEach(async () => {
    timing = new ManualTiming();
    remote = await startRemote({ timing });
    const { account, analytics } = remote.server;
    // What day it is, the server says.
    remote.server.now = () => Date.parse(`${today}T12:00:00Z`);
    await remote.source.namespaces();
    const at = { account: account.id, namespace: A, day: today };
    analytics.operations = [
      { ...at, action: 'read', requests: 1000, latency: 4 },
      { ...at, action: 'read', requests: 200, latency: 90, day: yesterday },
      { ...at, action: 'write', requests: 30, latency: 40 },
      { ...at, action: 'list', requests: 5, latency: 60, namespace: B },
      { ...at, action: 'delete', requests: 77, latency: 1, account: 'f'.repeat(32) },
      { ...at, action: 'read', requests: 9999, latency: 1, day: dayAfter(today, -40) },
    ];
    analytics.storage = [
      { ...at, keys: 100, bytes: 5000 },
      { ...at, keys: 40, bytes: 2000, namespace: B },
    ];
  });
  afterEach(async () => {
    const { violations, strays, analytics } = remote.server;
    assert.deepEqual([...violations, ...strays, ...analytics.violations], []);
    await remote.stop();
  });

  const usage = async (query: UsageQuery): Promise<Usage> => usageOf(await remote.source.usage(query), query);
  const counts = { reads: 0, writes: 0, deletes: 0, lists: 0 };

  it('is what the documented queries give, in two requests', async () => {
    const { operations, latency, storage, busiest, gaps, freeToday } = await usage({ days: 7 });
    assert.equal(remote.server.count('readUsage'), 2);
    assert.equal(operations?.length, 7);
    assert.deepEqual(operations?.slice(-2), [
      { day: yesterday, ...counts, reads: 200 },
      { day: today, ...counts, reads: 1000, writes: 30, lists: 5 },
    ]);
    assert.deepEqual(latency?.reads, { p50: 90, p99: 90 });
    assert.deepEqual(latency?.deletes, { p50: undefined, p99: undefined });
    assert.deepEqual(storage?.at(-1), { day: today, keys: 140, bytes: 7000 });
    assert.deepEqual(
      busiest?.map(({ namespace, total }) => [namespace, total]),
      [
        [A, 1230],
        [B, 5],
      ],
    );
    assert.deepEqual(
      freeToday?.map(({ used }) => used),
      [1000, 30, 0, 5, 7000],
    );
    assert.deepEqual(gaps, []);
  });

  for (const days of [1, 7, 31] as const) {
    it(`of ${days} days is asked for by their dates`, async () => {
      assert.equal((await usage({ days })).days.length, days);
      const [totals] = remote.server.analytics.asked.filter((query) => query.includes('latency:'));
      assert.ok(totals?.includes(`date_geq: "${dayAfter(today, 1 - days)}", date_leq: "${today}"`), totals);
    });
  }

  for (const days of [7, 31] as const) {
    it(`of ${days} days asks on every day of a month for no day that is not kept any more`, async () => {
      for (const day of ['2026-12-01', '2026-12-30', '2026-12-31', '2027-02-28']) {
        remote.server.now = () => Date.parse(`${day}T23:50:00Z`);
        // Its answer tells the time, whatever it is.
        await usage({ days: 1 }).catch(() => {});
        remote.server.analytics.storage = [
          { account: remote.server.account.id, namespace: A, day, keys: 3, bytes: 30 },
        ];
        const { storage, gaps } = await usage({ days });
        assert.deepEqual([storage?.at(-1), gaps], [{ day, keys: 3, bytes: 30 }, []]);
      }
    });
  }

  it('says when the oldest of its numbers were asked for', async () => {
    const { at } = await usage({ days: 7 });
    await timing.pass(60_000);
    // The numbers by namespace were kept, those of one namespace were not.
    assert.equal((await usage({ days: 7, namespaces: [A] })).at, at);
    assert.equal(remote.server.count('readUsage'), 3);
  });

  it('of one namespace, and of some, is that of them alone, beside the plan of all', async () => {
    const own = await usage({ namespaces: [B], days: 1 });
    assert.deepEqual(own.operations, [{ day: today, ...counts, lists: 5 }]);
    assert.deepEqual(own.storage, [{ day: today, keys: 40, bytes: 2000 }]);
    assert.deepEqual(own.freeToday?.[0]?.used, 1000);
    const both = await usage({ namespaces: [A, B], days: 1 });
    assert.deepEqual(both.operations, [{ day: today, ...counts, reads: 1000, writes: 30, lists: 5 }]);
    // What is the same for both was kept.
    assert.equal(remote.server.count('readUsage'), 3);
  });

  it('is kept for five minutes', async () => {
    const first = await usage({ days: 7 });
    await timing.pass(FIVE_MINUTES - 1);
    assert.equal((await usage({ days: 7 })).operations?.at(-1)?.reads, first.operations?.at(-1)?.reads);
    assert.equal(remote.server.count('readUsage'), 2);
    await timing.pass(1);
    await usage({ days: 7 });
    assert.equal(remote.server.count('readUsage'), 4);
  });

  it('asked for twice at the same time is asked of the account once', async () => {
    await Promise.all([usage({ days: 7 }), usage({ days: 7 })]);
    assert.equal(remote.server.count('readUsage'), 2);
  });

  it('that the token may not read says which permission it needs, and is asked for again', async () => {
    remote.token.analytics = false;
    await assert.rejects(usage({ days: 7 }), (error) => {
      assert.ok(isKvError(error, 'forbidden'), String(error));
      assert.match(error.message, /“Account Analytics: Read”/);
      return true;
    });
    remote.token.analytics = true;
    assert.deepEqual((await usage({ days: 7 })).gaps, []);
  });

  it('of which a part fails has the rest, and says what is missing', async () => {
    remote.server.analytics.errors = [
      { part: 'latency', code: 'authz' },
      { part: 'storage', code: '' },
    ];
    const { operations, latency, storage, busiest, month, gaps } = await usage({ days: 7 });
    assert.ok(operations && busiest && month);
    assert.deepEqual([latency, storage], [undefined, undefined]);
    assert.deepEqual(
      gaps.map(({ part }) => part),
      ['latency', 'storage', 'plan'],
    );
    assert.match(gaps[0]?.reason ?? '', /Account Analytics: Read/);
    remote.server.analytics.errors = [];
    assert.deepEqual((await usage({ days: 7 })).gaps, []);
  });

  it('where the API knows no dimension namespaceId has all that is documented', async () => {
    remote.server.analytics.isStrict = true;
    const { operations, latency, storage, busiest, freeToday, gaps } = await usage({ namespaces: [A], days: 1 });
    assert.ok(operations && latency && freeToday);
    assert.equal(busiest, undefined);
    assert.deepEqual(storage, [{ day: today, keys: 100, bytes: 5000 }]);
    // Its own storage came; that of the whole account, which the plan counts, did not.
    assert.deepEqual(
      gaps.map(({ part }) => part),
      ['namespaces', 'plan'],
    );
  });

  it('of more rows than one answer holds has the newest, and says what is missing', async () => {
    const { account, analytics } = remote.server;
    const day = (at: number): string => dayAfter(today, at - 30);
    analytics.storage = Array.from({ length: 31 * 400 }, (_, index) => ({
      account: account.id,
      keys: 1,
      bytes: 1,
      day: day(Math.floor(index / 400)),
      namespace: String(index % 400).padStart(32, '0'),
    }));
    const { storage, gaps } = await usage({ days: 31 });
    assert.deepEqual(storage?.at(-1), { day: today, keys: 400, bytes: 400 });
    assert.equal(storage?.[0]?.keys, undefined);
    assert.deepEqual(
      gaps.map(({ part, reason }) => [part, /the oldest are missing/.test(reason)]),
      [
        ['storage', true],
        ['plan', true],
      ],
    );
    analytics.operations = Array.from({ length: 10_001 }, (_, index) => ({
      account: account.id,
      action: 'read' as const,
      requests: 1,
      latency: 1,
      day: today,
      namespace: String(index).padStart(32, '0'),
    }));
    await timing.pass(FIVE_MINUTES);
    const [gap] = (await usage({ days: 1 })).gaps;
    assert.deepEqual([gap?.part, gap && /holds; some are missing/.test(gap.reason)], ['namespaces', true]);
  });

  it('leaves out the oldest day that came where it may not have come as a whole', async () => {
    const { account, analytics } = remote.server;
    analytics.storage = Array.from({ length: 31 * 990 }, (_, index) => ({
      account: account.id,
      keys: 10,
      bytes: 10,
      day: dayAfter(today, -Math.floor(index / 990)),
      namespace: String(index % 990).padStart(32, '0'),
    }));
    const { storage, month } = await usage({ days: 31 });
    const known = storage?.flatMap(({ keys }) => keys ?? []);
    assert.deepEqual(known, Array(10).fill(9900));
    assert.equal(month?.items.at(-1)?.used, 9900);
  });

  it('of today alone has the numbers of the day before for a namespace that has none yet', async () => {
    const { account, analytics } = remote.server;
    remote.server.now = () => Date.parse('2026-12-01T01:00:00Z');
    // Its answer tells the time.
    await usage({ days: 7 });
    analytics.operations = [];
    const at = { account: account.id, keys: 5, bytes: 50 };
    analytics.storage = [
      { ...at, namespace: A, day: '2026-11-30' },
      { ...at, namespace: B, day: '2026-11-30' },
      { ...at, namespace: A, day: '2026-12-01' },
    ];
    assert.deepEqual((await usage({ days: 1 })).storage, [
      { day: '2026-12-01', keys: 10, bytes: 100, isCarried: true },
    ]);
  });

  it('without anything counted is all zero', async () => {
    remote.server.analytics.operations = [];
    remote.server.analytics.storage = [];
    const { operations, busiest, month, gaps } = await usage({ days: 1 });
    assert.deepEqual(operations, [{ day: today, ...counts }]);
    assert.deepEqual(busiest, []);
    assert.equal(month?.cost, 0);
    assert.deepEqual(gaps, []);
  });

  it('that cannot be reached, and one of which a page of somebody else comes, are told apart', async () => {
    remote.server.faults.add({ mishap: { kind: 'empty' }, operations: ['readUsage'], times: 9 });
    await assert.rejects(usage({ days: 7 }), (error) => isKvError(error, 'server'));
    remote.server.faults.clear();
    remote.server.faults.add({
      mishap: { kind: 'status', status: 401, code: 10000 },
      operations: ['readUsage'],
      times: 9,
    });
    await assert.rejects(usage({ days: 7 }), (error) => isKvError(error, 'unauthenticated'));
  });

  it('of an id that is none is not asked for', async () => {
    await assert.rejects(usage({ namespaces: ['x" } ) { evil'], days: 7 }), (error) =>
      isKvError(error, 'namespaceNotFound'),
    );
    assert.equal(remote.server.count('readUsage'), 0);
  });
});
