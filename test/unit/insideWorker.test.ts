import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assumedLatencies } from '../../src/core/cost/inside.ts';
import { compareUtf8 } from '../../src/core/keys/utf8Order.ts';
import type { JobRequest } from '../../src/inside/job.ts';
import { makeUpload, paramsOf, usualPace } from '../../src/inside/jobUpload.ts';
import { isScript, newScript, partsOf, scriptOf, walkOf } from '../../src/inside/names.ts';
import type { Limit, PartResult } from '../../src/inside/protocol.ts';
import { between, END, isWithin, nearer, sideBySide } from '../../src/inside/worker/merge.ts';
import { begin, fold, obey, phaseOf } from '../../src/inside/worker/progress.ts';
import { emptyTally } from '../../src/inside/worker/tally.ts';
import { simulate } from '../support/insideSimulation.ts';

const request: JobRequest = {
  ...{ job: 'copy', from: { id: 'a', title: 'A' }, to: { id: 'b', title: 'B' }, mode: 'all', verify: false },
  partsAtOnce: 8,
};

describe('the Worker of a job', () => {
  const names = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }), { maxLength: 30 });
  const sorted = (keys: readonly string[]) => keys.toSorted(compareUtf8).map((name) => ({ name }));

  it('lays two listings side by side, whatever their keys are', () => {
    fc.assert(
      fc.property(names, names, (left, right) => {
        const pairs = [...sideBySide(sorted(left), sorted(right))];
        const all = pairs.map(({ source, target }) => (source ?? target)?.name ?? '');
        assert.deepEqual(
          all,
          sorted([...new Set([...left, ...right])]).map(({ name }) => name),
        );
        for (const { source, target } of pairs) {
          const name = (source ?? target)?.name ?? '';
          assert.deepEqual([source !== undefined, target !== undefined], [left.includes(name), right.includes(name)]);
        }
      }),
    );
  });

  it('gives each key to one range, by the order of its UTF-8 bytes', () => {
    fc.assert(
      fc.property(names, fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }), (keys, cut) => {
        const all = sorted(keys);
        assert.deepEqual([...between(all, '', cut), ...between(all, cut, END)], all);
      }),
    );
    assert.deepEqual(
      ['😀', '\ufffd'].map((key) => isWithin(key, '\ufffd')),
      [false, true],
    );
    assert.deepEqual([nearer('a', END), nearer(END, 'b'), nearer(END, END), nearer('', 'a')], ['a', 'b', END, '']);
  });

  const params = paramsOf(request, newScript(), usualPace, 0);
  const turn = {
    listed: 0,
    lists: 0,
    listMs: 0,
    walk: { start: {}, pages: 0, done: false },
    failures: [],
    resumed: [],
    goingOn: 0,
  };
  const running = (count: number) => {
    const progress = begin(params);
    fold(progress, { ...turn, cut: Array.from({ length: count }, () => ({})), started: [], ended: [] }, 0);
    fold(progress, { ...turn, cut: [], started: Array.from({ length: count }, (_, i) => i), ended: [] }, 1);
    return progress;
  };
  const ended = (number: number, result: Partial<PartResult>) => ({
    ...{ number, found: 0 },
    result: { tally: emptyTally(), pages: 0, ...result },
  });

  it('answers each limit with less of what hits it, once a turn', () => {
    const slowed = (...limits: Limit[]) => {
      const progress = running(limits.length);
      const all = limits.map((limit, number) => ended(number, { limit, rest: { last: 'x' } }));
      fold(progress, { ...turn, cut: [], started: [], ended: all }, 2);
      return { ...progress.size, partsAtOnce: progress.partsAtOnce, pending: progress.pending.length };
    };
    const usual = { pageSize: 1000, pages: 4, lanes: 6, partsAtOnce: 8 };
    assert.deepEqual(slowed('throttled', 'throttled'), { ...usual, partsAtOnce: 4, pending: 2 });
    assert.deepEqual(slowed('subrequests'), { ...usual, pages: 2, pending: 1 });
    assert.deepEqual(slowed('connections'), { ...usual, lanes: 3, pending: 1 });
  });

  it('keeps what a part left, and tries what failed only when asked', () => {
    const progress = running(2);
    progress.walk = { ...progress.walk, done: true };
    const all = [ended(0, { rest: { after: 'm' } }), ended(1, { rest: { after: 'n' }, error: 'broken' })];
    fold(progress, { ...turn, walk: progress.walk, cut: [], started: [], ended: all }, 2);
    assert.deepEqual(progress.pending, [{ number: 2, range: { after: 'm' } }]);
    progress.pending = [];
    assert.equal(phaseOf(progress, params), 'failed');
    obey(progress, { restart: true });
    assert.deepEqual(progress.pending, [{ number: 3, range: { after: 'n' } }]);
    assert.deepEqual([progress.failed.length, phaseOf(progress, params)], [0, 'running']);
  });

  it('copies a million keys at the pace that the account allows, with few requests of the window', async () => {
    const assumed = { keys: 1_000_000, partsAtOnce: 50, latencies: assumedLatencies };
    const usual = await simulate(assumed);
    assert.deepEqual([usual.done, usual.slowedBy], [1_000_000, undefined]);
    assert.ok(usual.seconds < 20 * 60 && usual.mostRequestsInAMinute <= 6 && usual.largestTurnBytes < 1_000_000);
    const throttled = await simulate({ ...assumed, partsAtOnce: 200, writesPerSecond: 2000 });
    assert.deepEqual([throttled.done, throttled.slowedBy], [1_000_000, 'throttled']);
    const narrow = await simulate({ ...assumed, subrequests: 1000 });
    assert.deepEqual([narrow.done, narrow.slowedBy], [1_000_000, 'subrequests']);
  });
});

describe('what is uploaded for a job', () => {
  it('is a Worker of modules that name each other, for people to read', () => {
    const { modules, metadata, script } = makeUpload(request);
    const known = new Set(modules.map(({ name }) => name));
    const missing = modules.flatMap(({ text }) =>
      [...text.matchAll(/from '([^']+)'/g)].map(([, name = '']) => name).filter((name) => !known.has(name.slice(2))),
    );
    assert.deepEqual(new Set(missing), new Set(['cloudflare:workers']));
    assert.equal(JSON.parse(metadata).main_module, modules[0]?.name);
    assert.ok(modules.every(({ text }) => text.includes('/**') || text.includes('/*') || text.length < 1500));
    assert.ok(isScript(script));
  });

  it('has a name that is ours alone', () => {
    const [one, other] = [newScript(), newScript()];
    assert.notEqual(one, other);
    assert.deepEqual([scriptOf(walkOf(one)), scriptOf(partsOf(one)), scriptOf(one)], [one, one, undefined]);
    for (const name of ['cloudflare-kv-job-walk', 'cloudflare-kv-job-1-walk', 'shop-walk']) {
      assert.equal(scriptOf(name), undefined);
    }
    assert.ok(walkOf(one).length <= 64);
  });

  it('takes a selection in the order of a listing, and no more than an instance may begin with', () => {
    const { request: kept } = paramsOf({ ...request, keys: ['😀', 'b', '\ufffd', 'b'] }, 'x', usualPace, 0);
    assert.deepEqual(kept.keys, ['b', '\ufffd', '😀']);
    const many = Array.from({ length: 2000 }, (_, i) => 'k'.repeat(400) + i);
    assert.throws(() => paramsOf({ ...request, keys: many }, 'x', usualPace, 0), { kind: 'tooLarge' });
  });
});
