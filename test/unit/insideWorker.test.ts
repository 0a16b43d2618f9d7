import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assumedLatencies } from '../../src/core/cost/inside.ts';
import { compareUtf8 } from '../../src/core/keys/utf8Order.ts';
import type { JobRequest } from '../../src/inside/job.ts';
import { makeUpload, paramsOf, usualPace } from '../../src/inside/jobUpload.ts';
import { isScript, newScript, partsOf, scriptOf, walkOf } from '../../src/inside/names.ts';
import type { Limit, PartResult, Turn } from '../../src/inside/protocol.ts';
import { between, END, isWithin, nearer, sideBySide } from '../../src/inside/worker/merge.ts';
import { begin, fold, obey, phaseOf, slowness } from '../../src/inside/worker/progress.ts';
import { emptyTally } from '../../src/inside/worker/tally.ts';
import { simulate } from '../support/insideSimulation.ts';

const request: JobRequest = {
  job: 'copy',
  from: { id: 'a', title: 'A' },
  to: { id: 'b', title: 'B' },
  mode: 'all',
  verify: false,
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
    number,
    found: 0,
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

  it('gives a part up that comes no further at the slowest speed, after the others, until it is asked for again', () => {
    const progress = running(2);
    progress.walk = { ...progress.walk, done: true };
    Object.assign(progress, { partsAtOnce: 1, size: { ...progress.size, lanes: 1 } });
    const one = { ...turn, walk: progress.walk, cut: [] };
    const hit = (number: number, more: Partial<PartResult> = {}) =>
      ended(number, { limit: 'throttled', error: '429', rest: { last: 'x' }, ...more });
    fold(progress, { ...one, started: [], ended: [hit(0), ended(1, { rest: { after: 'm' } })] }, 2);
    assert.deepEqual(
      progress.pending.map(({ range }) => range),
      [{ after: 'm' }, { last: 'x', barren: true }],
    );
    progress.pending.shift();
    for (let n = 0; n < 10; n++) {
      const number = progress.pending[0]?.number ?? -1;
      fold(progress, { ...one, started: [number], ended: [] }, 3);
      assert.deepEqual([progress.running.length, progress.failed.length], [1, 0]);
      fold(progress, { ...one, started: [], ended: [hit(number)] }, 4);
    }
    assert.deepEqual([progress.pending.length, progress.failed[0]?.message], [0, '429']);
    obey(progress, { restart: true });
    assert.deepEqual([progress.pending.length, progress.barren], [1, 0]);
  });

  it('answers a limit once for all parts that were started before', () => {
    const progress = running(3);
    const hit = (number: number) => ended(number, { limit: 'throttled', rest: { last: 'x' } });
    for (const number of [0, 1, 2]) fold(progress, { ...turn, cut: [], started: [], ended: [hit(number)] }, number + 2);
    assert.equal(progress.partsAtOnce, 4);
    fold(progress, { ...turn, cut: [], started: [3], ended: [] }, 10);
    fold(progress, { ...turn, cut: [], started: [], ended: [hit(3)] }, 11);
    assert.equal(progress.partsAtOnce, 2);
  });

  it('says that it is pausing until its parts stand still, and counts no time of theirs meanwhile', () => {
    const progress = running(2);
    obey(progress, { paused: true });
    assert.equal(phaseOf(progress, params), 'pausing');
    fold(progress, { ...turn, goingOn: 1, cut: [], started: [], ended: [] }, 2);
    assert.equal(phaseOf(progress, params), 'pausing');
    fold(progress, { ...turn, cut: [], started: [], ended: [] }, 3);
    assert.equal(phaseOf(progress, params), 'paused');
    obey(progress, { paused: false });
    fold(progress, { ...turn, resumed: [1], cut: [], started: [], ended: [] }, 5000);
    assert.deepEqual(
      progress.running.map(({ startedAt }) => startedAt),
      [1, 5000],
    );
  });

  it('takes fewer turns the longer it lasts, since the engine keeps so many steps of an instance', () => {
    assert.deepEqual(
      [0, 2999, 3000, 6000, 100_000].map((turns) => slowness({ turns })),
      [1, 1, 2, 4, 32],
    );
  });

  describe('in a turn', () => {
    type Status = { readonly status: string; readonly output?: PartResult };
    const statuses = new Map<number, Status | undefined>();
    const did: string[] = [];
    const env = {
      SOURCE: { list: async () => ({ keys: [], list_complete: true }) },
      PART: {
        get: async (id: string) => {
          const status = statuses.get(Number(id.slice('part-'.length)));
          if (status === undefined) throw new Error('instance.not_found');
          const deed = (what: string) => async () => void did.push(`${what} ${id}`);
          return {
            status: async () => status,
            pause: deed('pause'),
            resume: deed('resume'),
            terminate: deed('end'),
          };
        },
        createBatch: async () => ({ created: [], errors: [] }),
      },
    };
    const hasty = { ...params, pace: { ...usualPace, stuckMs: 1000 } };
    const taken = async (progress: ReturnType<typeof begin>, given = hasty): Promise<Turn> => {
      const { turn: run } = await import(new URL('../../src/inside/worker/turn.ts', import.meta.url).href);
      return await run(env, given, progress);
    };
    beforeEach(() => {
      statuses.clear();
      did.length = 0;
    });

    it('gives a part that stands still to another one, also when the turn is done a second time', async () => {
      const progress = running(1);
      progress.walk = { ...progress.walk, done: true };
      statuses.set(0, { status: 'running' });
      const [first] = (await taken(progress)).ended;
      assert.deepEqual([first?.result.rest, first?.result.error, did], [{ stuck: 1 }, undefined, ['end part-0']]);
      statuses.set(0, { status: 'terminated' });
      const [second] = (await taken(progress)).ended;
      assert.deepEqual([second?.result.rest, second?.result.error], [{ stuck: 1 }, undefined]);
      const [ended] = (await taken(progress, { ...hasty, pace: usualPace, startedAt: 0 })).ended;
      assert.equal(ended?.result.error, undefined);
      progress.running = progress.running.map((part) => ({ ...part, startedAt: Date.now() }));
      const [young] = (await taken(progress)).ended;
      assert.match(young?.result.error ?? '', /from outside/);
    });

    it('gives each part over the same keys twice the time of the one before, so that slow ones come to their end', async () => {
      const progress = running(2);
      progress.walk = { ...progress.walk, done: true };
      const startedAt = Date.now() - 3000;
      progress.running = [1, 2].map((stuck, number) => ({ number, startedAt, startedIn: 1, range: { stuck } }));
      for (const number of [0, 1]) statuses.set(number, { status: 'waiting' });
      const { ended } = await taken(progress);
      assert.deepEqual([ended.map(({ result }) => result.rest), did], [[{ stuck: 2 }], ['end part-0']]);
      statuses.set(0, { status: 'queued' });
      assert.deepEqual((await taken(progress)).ended, []);
    });

    it('gives a part that somebody has deleted to another one', async () => {
      const progress = running(1);
      const [gone] = (await taken(progress)).ended;
      assert.deepEqual([gone?.number, gone?.result.rest, gone?.result.error], [0, {}, undefined]);
    });

    it('pauses parts that run or wait, resumes them, and ends none for the time between', async () => {
      const progress = running(4);
      for (const [number, status] of ['running', 'waiting', 'waitingForPause', 'paused'].entries()) {
        statuses.set(number, { status });
      }
      progress.paused = true;
      assert.deepEqual([(await taken(progress)).goingOn, did], [3, ['pause part-0', 'pause part-1']]);
      progress.paused = false;
      for (let number = 0; number < 4; number++) statuses.set(number, { status: 'paused' });
      assert.deepEqual((await taken(progress)).resumed, [0, 1, 2, 3]);
    });

    it('takes in no more than the engine keeps of a step, and the rest in the next', async () => {
      const progress = running(800);
      const long = 'k'.repeat(500);
      const rest = { cursor: long, targetCursor: long, after: long, last: long };
      const output: PartResult = { tally: emptyTally(), found: [], pages: 0, rest, limit: 'throttled' };
      for (let number = 0; number < 800; number++) statuses.set(number, { status: 'complete', output });
      const done = await taken(progress);
      assert.ok(JSON.stringify(done).length < 500_000 && done.ended.length > 0);
      fold(progress, done, 1);
      assert.equal(progress.running.length, 800 - done.ended.length);
    });

    it('deletes nothing for a source without keys, unless that is meant', async () => {
      const equal = (more: Partial<JobRequest>) => ({
        ...hasty,
        request: { ...request, mode: 'equal', ...more } as const,
      });
      const empty = await taken(begin(equal({})), equal({}));
      assert.deepEqual([empty.cut, /no keys/.test(empty.refused ?? '')], [[], true]);
      const meant = await taken(begin(equal({})), equal({ emptySource: true }));
      assert.deepEqual([meant.cut.length, meant.refused], [1, undefined]);
      const copy = await taken(begin(hasty));
      assert.equal(copy.refused, undefined);
      const compared = begin(equal({}));
      compared.round = 'compare';
      assert.match((await taken(compared, equal({}))).refused ?? '', /no keys/);
    });
  });

  it('writes values of any size as lines that are read again, a piece at a time', async () => {
    const { lineOf } = await import(new URL('../../src/inside/worker/export.ts', import.meta.url).href);
    const line = (bytes: Uint8Array, metadata: unknown = null, expiration?: number): string =>
      Buffer.concat([...lineOf({ listed: { name: '“k”\n', expiration }, bytes, metadata })]).toString();
    // A character on the edge of every piece.
    const text = `\ufeff${'x'.repeat(3 * 256 * 1024 - 5)}😀"\\\u0000${'ä😀'.repeat(300_000)}`;
    const read = JSON.parse(line(Buffer.from(text), { a: 0 }, 7));
    assert.deepEqual({ ...read, value: '' }, { key: '“k”\n', value: '', metadata: { a: 0 }, expiration: 7 });
    assert.ok(read.value === text);
    const bytes = Uint8Array.from({ length: 2_000_001 }, (_, i) => (i * 31) & 255);
    const other = JSON.parse(line(bytes));
    assert.ok(other.base64 === true && Buffer.from(other.value, 'base64').equals(bytes));
    assert.equal(line(new Uint8Array()), '{"key":"“k”\\n","value":""}\n');
  });

  it('knows which metadata it would round', async () => {
    const { isKept } = await import(new URL('../../src/inside/worker/copyKey.ts', import.meta.url).href);
    const kept = (json: string): boolean => isKept(JSON.parse(json));
    assert.ok(['0', '"x"', '1e300', '{"a":[1.5,-9007199254740991,null,true]}'].every(kept));
    assert.ok(!['12345678901234567890', '{"a":[{"b":1e400}]}', '-9007199254740993'].some(kept));
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
