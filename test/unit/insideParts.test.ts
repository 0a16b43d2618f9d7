import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import type { JobApi } from '../../src/inside/jobApi.ts';
import { reportOf } from '../../src/inside/jobReport.ts';
import { newScript } from '../../src/inside/names.ts';
import { type CarriedOut, carryOut, keys, MemoryBucket, MemoryKv } from '../support/insideEngine.ts';
import { never } from '../support/insideJobs.ts';

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

  describe('where an instance may make fewer calls than a page needs', () => {
    const calls = () => 520;
    const extra = keys(1200, { start: 'z' });
    const other = { value: 'v', metadata: { other: 1 } };

    it('count each key that was deleted', async () => {
      const source = MemoryKv.with(keys(1200));
      const { reported } = await carryOut({ job: 'delete', prefix: 'k' }, { source, calls });
      assert.deepEqual([reported.limit, source.held.size], ['subrequests', 0]);
      assert.deepEqual([reported.tally.done, reported.tally.gone], [1200, 0]);
    });

    it('count each key that was copied once, and read and write it once', async () => {
      for (const mode of ['all', 'missing', 'equal'] as const) {
        const [source, target] = [MemoryKv.with(keys(1200)), new MemoryKv()];
        const { reported } = await carryOut({ mode }, { source, target, calls });
        const { done, present, removed, reads, writes } = reported.tally;
        assert.equal(target.held.size, 1200);
        assert.deepEqual([done, present, removed], [1200, 0, 0], mode);
        // What was under way when the limit was hit was read and not written.
        assert.ok(reads < 1250 && writes < 1250, `${reads} reads, ${writes} writes`);
      }
    });

    it('count each key that is too much', async () => {
      const [source, target] = [MemoryKv.with(keys(10)), MemoryKv.with(extra)];
      const { reported } = await carryOut({ mode: 'equal' }, { source, target, calls });
      assert.deepEqual([reported.tally.removed, reported.tally.done, target.held.size], [1200, 10, 10]);
    });

    it('count and name each key that differed', async () => {
      const [source, target] = [MemoryKv.with(keys(1200)), MemoryKv.with(keys(1200), other)];
      const { reported, parts } = await carryOut({ comparesOnly: true }, { source, target, calls });
      const { differs, mended, present } = reported.tally;
      assert.deepEqual([differs, mended, present], [1200, 1200, 1200]);
      assert.deepEqual(namesIn(parts), keys(1200));
    });

    it('count and name each key of a selection, those that are not there too', async () => {
      const chosen = keys(1200);
      const source = MemoryKv.with(chosen.filter((_, i) => i % 3 > 0));
      const target = new MemoryKv();
      const { reported } = await carryOut({ keys: chosen }, { source, target, calls });
      const { done, gone } = reported.tally;
      assert.deepEqual([done, gone, target.held.size], [800, 400, 800]);
    });

    it('count and name each match', async () => {
      const source = MemoryKv.with(keys(1200), { value: 'a needle\nanother needle' });
      const { reported, parts } = await carryOut({ job: 'search', query: { text: 'needle' } }, { source, calls });
      assert.deepEqual([reported.tally.done, reported.tally.matches], [1200, 2400]);
      assert.deepEqual(namesIn(parts), keys(1200));
    });

    it('ask for a value again that could not be opened', async () => {
      const source = MemoryKv.with(keys(3));
      let refused = 0;
      source.onCall = (call, key) => {
        if (call === 'get' && key === 'k000001' && refused++ === 0) throw new Error('KV GET failed: 500');
      };
      const { reported } = await carryOut({ job: 'search', query: { text: 'v' } }, { source });
      assert.deepEqual([reported.tally.matches, reported.tally.failed], [3, 0]);
    });

    it('export each key once', async () => {
      const [source, bucket] = [MemoryKv.with(keys(1200)), new MemoryBucket()];
      const { reported } = await carryOut({ job: 'export', bucket: 'b' }, { source, bucket, calls });
      const lines = [...bucket.objects.values()].flatMap((text) => text.trimEnd().split('\n'));
      assert.deepEqual([reported.tally.done, lines.map((line) => JSON.parse(line).key).sort()], [1200, keys(1200)]);
    });

    it('come back to a key that was not done while others were', async () => {
      for (const mode of ['missing', 'all'] as const) {
        const [source, target] = [MemoryKv.with(keys(1200)), new MemoryKv()];
        let refused = 0;
        // It is refused when the others have used up all calls.
        source.onCall = async (call, key) => {
          if (call !== 'get' || key !== 'k000100' || refused++ > 0) return;
          while (target.held.size < 240) await setImmediate();
          throw new Error('KV GET failed: 500');
        };
        const { reported, parts } = await carryOut({ mode }, { source, target, calls });
        assert.deepEqual(parts[1]?.params.range.behind?.[0], 'k000100');
        const { done, failed, present, writes } = reported.tally;
        assert.deepEqual([done, failed, present, target.held.size], [1200, 0, 0, 1200]);
        assert.ok(writes < 1250, `${writes} writes`);
      }
    });
  });

  it('count every line of a value that matches, tell the first hundred, and say how many there are beyond', async () => {
    const lines = Array.from({ length: 500 }, (_, i) => `line ${i} needle`).join('\n');
    const source = MemoryKv.with(['log'], { value: lines });
    const { reported, parts } = await carryOut({ job: 'search', query: { text: 'needle' } }, { source });
    assert.deepEqual([reported.tally.matches, parts[0]?.result.found.length], [500, 100]);
    const api = { instance: async () => ({ output: JSON.stringify(parts[0]?.result) }) } as unknown as JobApi;
    const told: string[] = [];
    for await (const line of reportOf(api, newScript(), reported, never)) told.push(line);
    assert.deepEqual([told.length, /^400 more/.test(JSON.parse(told.at(-1) ?? '').message)], [101, true]);
  });

  it('say how many keys differ that the report has no room for', async () => {
    const [source, target] = [MemoryKv.with(keys(10)), MemoryKv.with(keys(10), { ...own, metadata: 1 })];
    const { reported } = await carryOut({ comparesOnly: true }, { source, target });
    const api = { instance: async () => undefined } as unknown as JobApi;
    const told: unknown[] = [];
    for await (const line of reportOf(api, newScript(), reported, never)) told.push(JSON.parse(line));
    assert.deepEqual(told, [{ kind: 'differs', message: '10 more, which the report has no room for.' }]);
  });

  describe('where KV refuses writes as too many', () => {
    const refusing = (isRefused: (key: string, tries: number) => boolean) => {
      const [source, target] = [MemoryKv.with(keys(3000)), new MemoryKv()];
      const tries = new Map<string, number>();
      target.onCall = (call, key) => {
        if (call !== 'put') return;
        tries.set(key, (tries.get(key) ?? 0) + 1);
        if (isRefused(key, tries.get(key) ?? 0)) throw new Error('KV PUT failed: 429 Too Many Requests');
      };
      return { source, target };
    };
    const hot = (first: number, count: number, every = 1): Set<string> =>
      new Set(keys(first + count * every).filter((_, i) => i >= first && (i - first) % every === 0));

    it('name the keys that others write all the time, and copy the others once', async () => {
      for (const chosen of [hot(500, 3), hot(500, 8), hot(994, 6), hot(2990, 10), hot(0, 40, 60), hot(0, 300, 10)]) {
        const { source, target } = refusing((key) => chosen.has(key));
        const { reported } = await carryOut({}, { source, target });
        const { done, failed, writes } = reported.tally;
        assert.deepEqual([reported.phase, done, failed], ['done', 3000 - chosen.size, chosen.size]);
        assert.ok(writes < 3000 + 10 * chosen.size, `${writes} writes`);
      }
    });

    it('go no more slowly for a few such keys', async () => {
      const chosen = hot(500, 3);
      const { source, target } = refusing((key) => chosen.has(key));
      const { reported } = await carryOut({}, { source, target });
      assert.deepEqual([reported.limit, reported.partsAtOnce], [undefined, 8]);
    });

    it('try a key again that is refused at first', async () => {
      const chosen = hot(500, 30);
      const { source, target } = refusing((key, tries) => chosen.has(key) && tries % 2 === 1);
      const { reported } = await carryOut({}, { source, target });
      assert.deepEqual([reported.phase, reported.tally.done, reported.tally.failed], ['done', 3000, 0]);
    });

    it('go on more slowly where many writes are refused, though each goes through in the end', async () => {
      let writes = 0;
      const { source, target } = refusing(() => ++writes > 500 && writes <= 512);
      const { reported } = await carryOut({}, { source, target });
      const { phase, limit, partsAtOnce, tally } = reported;
      assert.deepEqual([phase, limit, partsAtOnce, tally.done, tally.failed], ['done', 'throttled', 4, 3000, 0]);
    });

    it('fail where nothing can be written in one place, and name no key for it', async () => {
      const chosen = hot(1000, 40);
      const { source, target } = refusing((key) => chosen.has(key));
      const { reported, parts } = await carryOut({}, { source, target });
      assert.deepEqual([reported.phase, reported.parts.failed, reported.tally.failed], ['failed', 1, 0]);
      assert.ok(parts.length < 60 && /429/.test(reported.errors[0] ?? ''));
      assert.equal(target.held.size, reported.tally.done);
    });

    it('end where nothing can be written any more', async () => {
      let writes = 0;
      const { source, target } = refusing(() => ++writes > 1000);
      const { reported, parts } = await carryOut({}, { source, target });
      assert.deepEqual([reported.phase, reported.tally.done], ['failed', 1000]);
      assert.ok(reported.tally.failed <= 6 && parts.length < 60, `${reported.tally.failed}, ${parts.length} parts`);
    });

    it('lose nothing where that passes by', async () => {
      let writes = 0;
      const { source, target } = refusing(() => ++writes > 1000 && writes < 1100);
      const { reported } = await carryOut({}, { source, target });
      assert.deepEqual([reported.phase, reported.tally.done + reported.tally.failed], ['done', 3000]);
      assert.ok(reported.tally.failed <= 6);
    });
  });

  it('lose no key and count each once, whatever their calls are answered', async () => {
    const some = fc.uniqueArray(fc.nat(150), { maxLength: 100 });
    const answers = ['', '', '', '', 'KV failed: 429 Too Many Requests', 'KV failed: 500', 'Too many subrequests.'];
    const modes = fc.constantFrom('all' as const, 'missing' as const, 'equal' as const);
    await fc.assert(
      fc.asyncProperty(
        modes,
        some,
        some,
        fc.array(fc.nat(6), { maxLength: 300 }),
        async (mode, left, right, faults) => {
          const named = (numbers: readonly number[]) => numbers.map((n) => `k${String(n).padStart(3, '0')}`);
          const [source, target] = [MemoryKv.with(named(left)), MemoryKv.with(named(right), own)];
          const answer = (): void => {
            const text = answers[faults.pop() ?? 0];
            if (text) throw new Error(text);
          };
          source.onCall = answer;
          target.onCall = answer;
          const pace = { pageSize: 10, pagesPerPart: 2, probeKeys: 20, callRetryMs: 0 };
          const { reported, parts } = await carryOut({ mode, emptySource: true }, { source, target, pace });
          const { done, present, gone, removed, failed } = reported.tally;
          const isMissing = mode === 'missing';
          const both = left.filter((n) => right.includes(n)).length;
          const [copies, extra] = [left.length - (isMissing ? both : 0), mode === 'equal' ? right.length - both : 0];
          if (reported.phase !== 'done') return;
          assert.deepEqual([done + removed + failed, present, gone], [copies + extra, isMissing ? both : 0, 0]);
          const broken = new Set(namesIn(parts));
          for (const key of named(left).filter((name) => !broken.has(name))) {
            const isKept = isMissing && right.includes(Number(key.slice(1)));
            assert.equal(target.held.get(key)?.value, isKept ? own.value : 'v');
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** The names of the keys that were found, each once. */
function namesIn(parts: CarriedOut['parts']): string[] {
  return [...new Set(parts.flatMap(({ result }) => result.found.map(({ key }) => key)))].sort();
}
