import assert from 'node:assert/strict';
import { runAtOnce, Slices } from '../../src/core/base/slices.ts';

/** Each step lasts a while. */
function* steps(done: number[]): Generator<void, string> {
  for (let i = 0; i < 5; i++) {
    for (const start = performance.now(); performance.now() - start < 2; );
    done.push(i);
    yield;
  }
  return 'end';
}

describe('long work in slices', () => {
  it('lets others run between the steps when a slice is over, and goes on to its result', async () => {
    const done: number[] = [];
    let others = 0;
    const count = (): void => {
      others++;
      if (done.length < 5) setImmediate(count);
    };
    setImmediate(count);
    assert.equal(await new Slices(1).run(steps(done)), 'end');
    assert.deepEqual(done, [0, 1, 2, 3, 4]);
    assert.ok(others >= 2, `${others}`);
  });

  it('does not pause within a slice', async () => {
    let others = 0;
    setImmediate(() => others++);
    const done: number[] = [];
    assert.equal(await new Slices(60_000).run(steps(done)), 'end');
    assert.deepEqual([done.length, others], [5, 0]);
  });

  it('can be done at once', () => {
    const done: number[] = [];
    assert.equal(runAtOnce(steps(done)), 'end');
    assert.equal(done.length, 5);
  });
});
