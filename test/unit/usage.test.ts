import assert from 'node:assert/strict';
import { operationKinds } from '../../src/core/cost/pricing.ts';
import { dayAfter, dayOf, daysBetween, daysInMonth, daysIntoMonth, monthStart } from '../../src/core/usage/days.ts';
import { freeUse, monthCost } from '../../src/core/usage/plans.ts';
import type { DayReading, UsageReadings } from '../../src/core/usage/readings.ts';
import { usageOf } from '../../src/core/usage/usage.ts';

const noon = (day: string): number => Date.parse(`${day}T12:00:00Z`);
const none = { reads: 0, writes: 0, deletes: 0, lists: 0 };
const unmeasured = { p50: undefined, p99: undefined };
const reading = (day: string, kind: DayReading['kind'], requests: number, p50?: number, p99?: number): DayReading => ({
  day,
  kind,
  requests,
  p50,
  p99,
});
const readings = (given: Partial<UsageReadings> = {}): UsageReadings => ({
  at: noon('2026-11-10'),
  operations: [],
  latency: [],
  month: [],
  namespaces: [],
  storage: [],
  ownStorage: undefined,
  gaps: [],
  ...given,
});

describe('days of usage', () => {
  it('are those of UTC, whatever the time zone of who looks', () => {
    const zone = process.env.TZ;
    try {
      for (const TZ of ['UTC', 'Pacific/Kiritimati', 'Pacific/Niue', 'America/St_Johns']) {
        process.env.TZ = TZ;
        assert.equal(dayOf(Date.parse('2026-03-29T00:00:00Z')), '2026-03-29', TZ);
        assert.equal(dayOf(Date.parse('2026-03-29T23:59:59.999Z')), '2026-03-29', TZ);
        assert.equal(dayAfter('2026-03-28', 1), '2026-03-29', TZ);
        assert.deepEqual(daysBetween('2026-10-24', '2026-10-26'), ['2026-10-24', '2026-10-25', '2026-10-26'], TZ);
        assert.equal(daysIntoMonth(noon('2026-10-25')), 24.5, TZ);
      }
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  it('go over the ends of months and years, and leap years', () => {
    assert.equal(dayAfter('2026-01-01', -1), '2025-12-31');
    assert.equal(dayAfter('2028-02-28', 1), '2028-02-29');
    assert.equal(dayAfter('2026-02-28', 1), '2026-03-01');
    assert.deepEqual(daysBetween('2026-03-02', '2026-03-01'), []);
    assert.equal(monthStart('2026-12-31'), '2026-12-01');
    assert.deepEqual(['2026-02-10', '2028-02-10', '2026-04-30', '2026-12-01'].map(daysInMonth), [28, 29, 30, 31]);
  });
});

describe('usage', () => {
  it('has every day that was asked for, zero where nothing was counted', () => {
    const operations = [reading('2026-11-08', 'reads', 5), reading('2026-11-10', 'writes', 2)];
    const { days, operations: counted } = usageOf(readings({ operations }), { days: 7 });
    assert.equal(days.length, 7);
    assert.deepEqual([days[0], days.at(-1)], ['2026-11-04', '2026-11-10']);
    assert.deepEqual(counted?.slice(-3), [
      { day: '2026-11-08', ...none, reads: 5 },
      { day: '2026-11-09', ...none },
      { day: '2026-11-10', ...none, writes: 2 },
    ]);
  });

  it('adds rows of the same day and kind, and leaves out those of other days', () => {
    const operations = [
      reading('2026-11-10', 'reads', 5),
      reading('2026-11-10', 'reads', 6),
      reading('2026-11-09', 'reads', 100),
    ];
    assert.deepEqual(usageOf(readings({ operations }), { days: 1 }).operations, [
      { day: '2026-11-10', ...none, reads: 11 },
    ]);
  });

  it('has no latency where nothing was measured', () => {
    const usage = usageOf(
      readings({
        latency: [{ kind: 'reads', p50: 2, p99: 40 }],
        operations: [reading('2026-11-10', 'writes', 1, 30, 300)],
      }),
      { days: 1 },
    );
    assert.deepEqual(usage.latency, {
      reads: { p50: 2, p99: 40 },
      writes: unmeasured,
      deletes: unmeasured,
      lists: unmeasured,
    });
    assert.deepEqual(usage.latencyByDay, [
      { day: '2026-11-10', kind: 'reads', ...unmeasured },
      { day: '2026-11-10', kind: 'writes', p50: 30, p99: 300 },
      { day: '2026-11-10', kind: 'deletes', ...unmeasured },
      { day: '2026-11-10', kind: 'lists', ...unmeasured },
    ]);
  });

  it('adds what namespaces keep, and knows nothing of days without a row', () => {
    const storage = [
      { day: '2026-11-08', namespace: 'a', keys: 10, bytes: 1000 },
      { day: '2026-11-08', namespace: 'b', keys: 1, bytes: 1 },
      { day: '2026-11-10', namespace: 'a', keys: 12, bytes: 1200 },
    ];
    const unknown = { keys: undefined, bytes: undefined };
    assert.deepEqual(usageOf(readings({ storage }), { days: 7 }).storage?.slice(-3), [
      { day: '2026-11-08', keys: 11, bytes: 1001 },
      { day: '2026-11-09', ...unknown },
      { day: '2026-11-10', keys: 13, bytes: 1201, isCarried: true },
    ]);
    assert.deepEqual(usageOf(readings({ storage }), { namespaces: ['b'], days: 7 }).storage?.slice(-3), [
      { day: '2026-11-08', keys: 1, bytes: 1 },
      { day: '2026-11-09', ...unknown },
      { day: '2026-11-10', ...unknown },
    ]);
  });

  it('of a day that not every namespace has numbers of has their last ones, but nothing of those that are gone', () => {
    const storage = ['2026-11-08', '2026-11-09'].flatMap((day) => [
      { day, namespace: 'a', keys: 10, bytes: 300_000_000 },
      { day, namespace: 'b', keys: 1000, bytes: 900_000_000 },
    ]);
    storage.push({ day: '2026-11-10', namespace: 'a', keys: 11, bytes: 400_000_000 });
    // In whatever order they come.
    const given = readings({ storage: storage.toReversed() });
    const carried = usageOf(given, { days: 7 });
    assert.deepEqual(carried.storage?.slice(-2), [
      { day: '2026-11-09', keys: 1010, bytes: 1_200_000_000 },
      { day: '2026-11-10', keys: 1011, bytes: 1_300_000_000, isCarried: true },
    ]);
    assert.equal(carried.freeToday?.at(-1)?.used, 1_300_000_000);
    assert.deepEqual(usageOf(given, { days: 7 }, new Set(['a', 'b'])).storage, carried.storage);
    const gone = usageOf(given, { days: 7 }, new Set(['a']));
    assert.deepEqual(gone.storage?.at(-1), { day: '2026-11-10', keys: 11, bytes: 400_000_000 });
  });

  it('of one namespace has its own storage where that of all did not come', () => {
    const usage = usageOf(readings({ storage: undefined, ownStorage: [{ day: '2026-11-10', keys: 3, bytes: 30 }] }), {
      namespaces: ['a'],
      days: 1,
    });
    assert.deepEqual(usage.storage, [{ day: '2026-11-10', keys: 3, bytes: 30 }]);
    // Of the account nothing is known, and nothing is made up.
    assert.equal(usage.month?.items.at(-1)?.cost, undefined);
    assert.equal(usage.freeToday?.at(-1)?.used, undefined);
  });

  it('has the busiest namespaces first, only those that were asked for', () => {
    const namespaces = [
      { namespace: 'b', kind: 'reads' as const, requests: 5 },
      { namespace: 'a', kind: 'reads' as const, requests: 5 },
      { namespace: 'c', kind: 'lists' as const, requests: 2 },
      { namespace: 'c', kind: 'writes' as const, requests: 9 },
    ];
    assert.deepEqual(usageOf(readings({ namespaces }), { days: 7 }).busiest, [
      { namespace: 'c', ...none, lists: 2, writes: 9, total: 11 },
      { namespace: 'a', ...none, reads: 5, total: 5 },
      { namespace: 'b', ...none, reads: 5, total: 5 },
    ]);
    assert.deepEqual(
      usageOf(readings({ namespaces }), { namespaces: ['b'], days: 7 }).busiest?.map(({ namespace }) => namespace),
      ['b'],
    );
  });

  it('counts the plan for the whole account, today and since the first of the month', () => {
    const month = [
      { day: '2026-11-01', kind: 'reads' as const, requests: 1000 },
      { day: '2026-11-10', kind: 'reads' as const, requests: 500 },
      { day: '2026-10-31', kind: 'reads' as const, requests: 7 },
    ];
    const usage = usageOf(readings({ month }), { namespaces: ['a'], days: 1 });
    assert.deepEqual(usage.freeToday?.[0], { item: 'reads', used: 500, limit: 100_000, share: 0.005 });
    assert.equal(usage.month?.items[0]?.used, 1500);
    assert.equal(usage.month?.from, '2026-11-01');
  });

  it('on the first of a month has the storage of the day before, until that of the day comes', () => {
    const at = Date.parse('2026-12-01T00:40:00Z');
    const storage = ['a', 'b'].map((namespace) => ({ day: '2026-11-30', namespace, keys: 10, bytes: 2_000_000_000 }));
    const early = usageOf(readings({ at, storage }), { days: 1 });
    assert.equal(early.freeToday?.at(-1)?.used, 4_000_000_000);
    assert.equal(early.month?.items.at(-1)?.used, 4_000_000_000);
    assert.deepEqual(early.storage, [{ day: '2026-12-01', keys: undefined, bytes: undefined }]);
    const one = { day: '2026-12-01', namespace: 'a', keys: 11, bytes: 1_000_000_000 };
    const later = usageOf(readings({ at, storage: [...storage, one] }), { days: 1 });
    assert.deepEqual(later.storage, [{ day: '2026-12-01', keys: 21, bytes: 3_000_000_000, isCarried: true }]);
    assert.equal(later.freeToday?.at(-1)?.used, 3_000_000_000);
    assert.equal(later.month?.items.at(-1)?.used, 3_000_000_000);
  });

  it('takes the days before the first storage of all for empty, if all numbers came', () => {
    const on = (namespace: string, ...days: readonly string[]) =>
      days.map((day) => ({ day, namespace, keys: 1, bytes: 31_000_000_000 }));
    const ofMonth = (storage: UsageReadings['storage'], gaps: UsageReadings['gaps'] = []) => {
      const { used, isFilledIn } = usageOf(readings({ storage, gaps }), { days: 7 }).month?.items.at(-1) ?? {};
      return [used, isFilledIn];
    };
    const late = on('a', '2026-11-09', '2026-11-10');
    assert.deepEqual(ofMonth(late), [6_200_000_000, undefined]);
    assert.deepEqual(ofMonth(late, [{ part: 'storage', reason: 'Not all of it.' }]), [31_000_000_000, true]);
    // What was there at the end of the month before was there on its first days too.
    assert.deepEqual(ofMonth([...on('a', '2026-10-31'), ...late]), [31_000_000_000, undefined]);
    assert.deepEqual(ofMonth(on('a', '2026-11-01', '2026-11-10')), [31_000_000_000, undefined]);
  });

  it('says of the plan too that its storage did not come, or not all of it', () => {
    const gaps = [{ part: 'storage', reason: 'no' }] as const;
    const both = [...gaps, { part: 'plan', reason: 'no' }];
    assert.deepEqual(usageOf(readings({ storage: undefined, gaps }), { days: 1 }).gaps, both);
    const some = [{ day: '2026-11-10', namespace: 'a', keys: 1, bytes: 1 }];
    assert.deepEqual(usageOf(readings({ storage: some, gaps }), { days: 1 }).gaps, both);
  });

  it('has nothing for what did not come, with the reason', () => {
    const gaps = [{ part: 'plan', reason: 'no' }] as const;
    const { operations, ...missing } = usageOf(
      readings({ latency: undefined, month: undefined, namespaces: undefined, storage: undefined, gaps }),
      { days: 1 },
    );
    assert.equal(operations?.length, 1);
    const { latency, storage, busiest, freeToday, month } = missing;
    assert.deepEqual([latency, storage, busiest, freeToday, month], Array(5).fill(undefined));
    assert.deepEqual(missing.gaps, gaps);
  });
});

describe('plans', () => {
  it('have the limits of the free plan’s day', () => {
    const used = freeUse({ reads: 50_000, writes: 1500, deletes: 10, lists: 0 }, 250_000_000);
    assert.deepEqual(
      used.map(({ item, limit, share }) => [item, limit, share]),
      [
        ['reads', 100_000, 0.5],
        ['writes', 1000, 1.5],
        ['deletes', 1000, 0.01],
        ['lists', 1000, 0],
        ['storage', 1_000_000_000, 0.25],
      ],
    );
  });

  it('cost nothing beyond the base fee up to what that covers', () => {
    const counts = { reads: 10_000_000, writes: 1_000_000, deletes: 1_000_000, lists: 1_000_000 };
    const { cost } = monthCost({ at: noon('2026-11-10'), counts, bytesByDay: [1_000_000_000] });
    assert.equal(cost, 0);
  });

  it('cost by the million and the GB-month beyond it', () => {
    const counts = { reads: 12_000_000, writes: 3_000_000, deletes: 1_500_000, lists: 1_000_001 };
    // The sixteenth begins: half of the thirty days have passed.
    const at = Date.parse('2026-11-16T00:00:00Z');
    const month = monthCost({ at, counts, bytesByDay: [4_000_000_000, 2_000_000_000] });
    assert.deepEqual(
      month.items.map(({ item, cost, paceCost }) => [item, cost?.toFixed(6), paceCost?.toFixed(6)]),
      [
        ['reads', '1.000000', '7.000000'],
        ['writes', '10.000000', '25.000000'],
        ['deletes', '2.500000', '10.000000'],
        ['lists', '0.000005', '5.000010'],
        // 3 GB on average, of which one is covered: 2 × $0.50 a month.
        ['storage', '0.500000', '1.000000'],
      ],
    );
    assert.equal(month.cost.toFixed(4), '14.0000');
    assert.equal(month.paceCost?.toFixed(4), '48.0000');
  });

  it('cost nothing for the days before anything was stored', () => {
    const counts = none;
    // 31 GB since the ninth, at noon of the tenth: 2 × 31 / 10 = 6.2 GB on average, one of which is covered, for 9.5 of
    // the 30 days; at the end of the month 22 × 31 / 30 = 22.7 GB.
    const month = monthCost({
      at: noon('2026-11-10'),
      counts,
      bytesByDay: [31e9, 31e9],
      daysBefore: 8,
      wereEmpty: true,
    });
    const { used, cost, paceUsed, paceCost, isFilledIn } = month.items.at(-1) ?? assert.fail();
    assert.deepEqual([used, cost?.toFixed(6), isFilledIn], [6.2e9, '0.823333', undefined]);
    assert.deepEqual([paceUsed?.toFixed(0), paceCost?.toFixed(6)], ['22733333333', '10.866667']);
    // Where it is not known that nothing was stored: 30 × 0.5 × 9.5 / 30.
    const filled = monthCost({ at: noon('2026-11-10'), counts, bytesByDay: [31e9], daysBefore: 8 }).items.at(-1);
    assert.deepEqual([filled?.used, filled?.cost, filled?.paceCost, filled?.isFilledIn], [31e9, 4.75, 15, true]);
  });

  it('have no pace within the first day of a month', () => {
    const { items, paceCost } = monthCost({
      at: noon('2026-12-01'),
      counts: { ...none, writes: 900_000 },
      bytesByDay: [5],
    });
    assert.equal(paceCost, undefined);
    assert.deepEqual(
      items.map(({ item, paceUsed }) => [item, paceUsed]),
      [...operationKinds, 'storage'].map((item) => [item, undefined]),
    );
  });

  it('make up no storage that is not known', () => {
    const { items, cost } = monthCost({ at: noon('2026-11-10'), counts: none, bytesByDay: [] });
    const { used, cost: own } = items.at(-1) ?? {};
    assert.deepEqual([used, own, cost], [undefined, undefined, 0]);
  });
});
