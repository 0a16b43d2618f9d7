import assert from 'node:assert/strict';
import fc from 'fast-check';
import { freeSize, type TakenSizes, withSize } from '../../src/fs/takenSizes.ts';

describe('sizes that a document has reported', () => {
  it('are never given again, and are told by the fewest runs, whatever comes in which order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { maxLength: 40 }), (wanted) => {
        const given = new Set<number>();
        let taken: TakenSizes = [];
        for (const size of wanted) {
          const free = freeSize(taken, size);
          assert.ok(!given.has(free) && free >= size);
          for (let skipped = size; skipped < free; skipped++) assert.ok(given.has(skipped));
          given.add(free);
          taken = withSize(taken, free);
        }
        const inRuns = taken.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
        assert.deepEqual(
          inRuns,
          [...given].sort((a, b) => a - b),
        );
        for (const [i, [from]] of taken.entries()) assert.ok(i === 0 || from > (taken[i - 1]?.[1] ?? 0) + 1);
      }),
    );
  });
});
