import assert from 'node:assert/strict';
import { carryOut, keys, MemoryBucket, MemoryKv } from '../support/insideEngine.ts';

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

  describe('where a key is written between its listing and its read', () => {
    /** The only key, written again as soon as it is listed. */
    const written = (metadata: unknown, expiration?: number): MemoryKv => {
      const first = { value: '1', metadata: { version: 1 }, expiration: 2_000_000_000 };
      const source = MemoryKv.with(['session'], first);
      source.onListed = () => {
        source.held.set('session', { value: '2', metadata, ...(expiration !== undefined && { expiration }) });
      };
      return source;
    };

    it('keep value, metadata and end of one version, in a copy and in an export', async () => {
      for (const expiration of [undefined, 2_100_000_000]) {
        const version = { value: '2', metadata: { version: 2 }, ...(expiration !== undefined && { expiration }) };
        const target = new MemoryKv();
        await carryOut({}, { source: written({ version: 2 }, expiration), target });
        assert.deepEqual(target.held.get('session'), version);
        const bucket = new MemoryBucket();
        await carryOut({ job: 'export', bucket: 'b' }, { source: written({ version: 2 }, expiration), bucket });
        assert.deepEqual(
          [...bucket.objects.values()].map((text) => JSON.parse(text)),
          [{ key: 'session', ...version }],
        );
      }
    });

    it('round no number of its new metadata', async () => {
      const target = new MemoryKv();
      const copied = await carryOut({}, { source: written({ id: 2 ** 60 }), target });
      assert.deepEqual([copied.reported.tally.failed, target.held.size], [1, 0]);
      const bucket = new MemoryBucket();
      const source = written({ id: 2 ** 60 });
      const exported = await carryOut({ job: 'export', bucket: 'b' }, { source, bucket });
      assert.deepEqual([exported.reported.tally.failed, [...bucket.objects.values()]], [1, ['']]);
    });
  });
});
