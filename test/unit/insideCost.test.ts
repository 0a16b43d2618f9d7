import assert from 'node:assert/strict';
import { assumedLatencies, hereEstimate, insideEstimate, usefulSpeeds } from '../../src/core/cost/inside.ts';

const MILLION = 1_000_000;
const near = (actual: number, expected: number, share: number): void =>
  assert.ok(Math.abs(actual - expected) <= expected * share, `${actual} is not about ${expected}`);

describe('the cost of a job inside Cloudflare', () => {
  it('is that of KV and some cents for the engine, per million keys', () => {
    const dollars = (work: Partial<Parameters<typeof insideEstimate>[0]>) =>
      insideEstimate({ job: 'copy', keys: MILLION, partsAtOnce: 50, ...work }).dollars;
    near(dollars({}), 5.54, 0.01);
    near(dollars({ job: 'delete' }), 5.04, 0.01);
    near(dollars({ job: 'export' }), 0.55, 0.02);
    near(dollars({ job: 'search' }), 0.54, 0.02);
    assert.ok(dollars({ mode: 'equal', verify: true }) > dollars({}));
  });

  it('takes as long as the slower of its parts and its list', () => {
    const seconds = (keys: number, partsAtOnce: number) => insideEstimate({ job: 'copy', keys, partsAtOnce }).seconds;
    near(seconds(MILLION, 50), 16 * 60, 0.2);
    near(seconds(10 * MILLION, 50), 2.3 * 3600, 0.2);
    // More parts than the list can feed help nothing.
    near(seconds(10 * MILLION, 200), 42 * 60, 0.2);
    assert.equal(seconds(10 * MILLION, 800), seconds(10 * MILLION, 400));
    assert.ok(seconds(1000, 50) < 120);
  });

  it('offers the speeds that make a difference only', () => {
    const speeds = [20, 50, 200, 800] as const;
    assert.deepEqual(usefulSpeeds(speeds, { job: 'copy' }), [20, 50, 200]);
    // Where writes are slow, more of them at once help; where both sides are listed, fewer can be fed.
    assert.deepEqual(usefulSpeeds(speeds, { job: 'copy' }, { ...assumedLatencies, write: 1 }), [20, 50, 200, 800]);
    assert.deepEqual(usefulSpeeds(speeds, { job: 'copy', mode: 'equal' }), [20, 50, 200]);
    assert.deepEqual(usefulSpeeds(speeds, { job: 'search' }), [20, 50]);
    for (const job of ['copy', 'search', 'delete'] as const) {
      const seconds = usefulSpeeds(speeds, { job }).map(
        (partsAtOnce) => insideEstimate({ job, keys: 10 * MILLION, partsAtOnce }).seconds,
      );
      assert.ok(seconds.every((one, at) => at === 0 || one < (seconds[at - 1] ?? 0)));
    }
  });

  it('of a comparison is that of its lists', () => {
    const work = { job: 'copy', keys: MILLION, partsAtOnce: 50, comparesOnly: true } as const;
    near(insideEstimate(work).dollars, 0.028, 0.05);
  });

  it('follows what was measured, and says how uncertain it is', () => {
    const work = { job: 'copy', keys: MILLION, partsAtOnce: 50 } as const;
    const paper = insideEstimate(work);
    const slow = insideEstimate({ ...work, latencies: { ...assumedLatencies, write: 1 } });
    assert.ok(slow.seconds > 4 * paper.seconds);
    assert.ok(paper.low < paper.seconds && paper.seconds < paper.high);
    assert.equal(Math.round(slow.dollars * 10), Math.round(paper.dollars * 10));
  });

  it('is worth it where reading is what takes long', () => {
    const keys = 10 * MILLION;
    const here = hereEstimate({ job: 'copy', keys });
    near(here.seconds, 7.7 * 3600, 0.05);
    near(here.dollars, 55.05, 0.01);
    assert.ok(insideEstimate({ job: 'copy', keys, partsAtOnce: 200 }).seconds < here.seconds / 8);
    const deleting = hereEstimate({ job: 'delete', keys });
    assert.ok(insideEstimate({ job: 'delete', keys, partsAtOnce: 50 }).seconds > deleting.seconds);
  });
});
