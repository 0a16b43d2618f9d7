import assert from 'node:assert/strict';
import { carryOut, keys, MemoryKv } from '../support/insideEngine.ts';

describe('the parts of a job inside Cloudflare', () => {
  const own = { value: 'own' };

  describe('where the target has many more keys than the source', () => {
    const sides = () => ({
      source: MemoryKv.with(keys(2500, { every: 5 })),
      target: MemoryKv.with(keys(12_500), own),
    });
    const overwritten = ({ held }: MemoryKv): number =>
      keys(12_500).filter((key) => held.get(key)?.value !== own.value).length;

    it('leave alone what it has, though keys are put into the source between two pages', async () => {
      const { source, target } = sides();
      let listings = 0;
      source.onListed = () => {
        if (++listings === 1) for (let i = 0; i < 3500; i++) source.held.set(`k000001-new-${i}`, { value: 'new' });
      };
      const { reported } = await carryOut({ mode: 'missing' }, { source, target });
      assert.deepEqual([overwritten(target), reported.tally.done, reported.tally.present], [0, 0, 2500]);
    });

    it('leave alone what it has, though pages have become smaller', async () => {
      const { source, target } = sides();
      // The first one ends in the middle of a page of the source, and the next ones get nowhere.
      const calls = (part: number) => (part === 0 ? 7 : part < 5 ? 1 : 1000);
      const { reported, parts } = await carryOut({ mode: 'missing' }, { source, target, calls });
      assert.ok(parts.some(({ params }) => params.size.pageSize < 1000));
      assert.deepEqual([overwritten(target), reported.tally.done, reported.tally.present], [0, 0, 2500]);
    });
  });
});
