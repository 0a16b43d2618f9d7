import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { BulkFile } from '../../src/core/transfer/files/bulkFile.ts';
import type { JobRequest } from '../../src/inside/job.ts';
import { awkwardEntries } from '../support/awkwardEntries.ts';
import {
  about,
  carriedOut,
  contentOf,
  copyOf,
  fill,
  hastyPace,
  jobsOf,
  never,
  reached,
} from '../support/insideJobs.ts';
import { entry, numbered, useInside } from '../support/insideSuite.ts';

const later = (): number => Math.floor(Date.now() / 1000) + 86_400;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a job inside Cloudflare', function () {
  this.timeout(240_000);
  const suite = useInside();

  it('copies every awkward key, value, metadata and expiration, compares, and leaves nothing behind', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    const entries = awkwardEntries(200, later());
    await fill(from, entries);
    await fill(from, [{ ...entry('soon'), expiration: Math.floor(Date.now() / 1000) + 68 }]);
    const state = await carriedOut(suite.jobs, copyOf(from, to, { verify: true }));
    assert.equal(state.phase, 'done');
    // The one that ends too soon is looked at, and left.
    assert.deepEqual([state.counts.done, state.counts.expiring + state.counts.gone], [200, 1]);
    assert.deepEqual(state.differences, { found: 0, mended: 0, left: 0 });
    assert.equal(
      state.counts.bytes,
      entries.reduce((sum, { value }) => sum + value.length, 0),
    );
    assert.equal(state.request?.from.title, from.title);
    assert.ok((state.latencies?.read ?? 0) > 0 && state.costSoFar > 0);
    const source = (await contentOf(from)).filter((line) => !line.startsWith('["soon"'));
    assert.deepEqual(await contentOf(to), source);
    assert.deepEqual(await suite.jobs.remove(state.id, never), []);
    assert.deepEqual([suite.remote.server.inside.scripts.size, suite.remote.server.inside.workflows.size], [0, 0]);
  });

  it('gives the Worker no address and binds it to nothing else', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, numbered(3));
    const request = copyOf(from, to);
    const upload = await suite.jobs.upload(request);
    assert.match(upload.script, /^cloudflare-kv-job-[0-9a-f]{12}$/);
    await suite.jobs.start(request, upload, never);
    await reached(suite.jobs, upload.script, 'done');
    const script = suite.remote.server.inside.scripts.get(upload.script);
    assert.equal(script?.hasAddress, false);
    assert.deepEqual(script?.metadata.tags, ['cloudflare-kv-job']);
    assert.deepEqual(script?.metadata.bindings, [
      { type: 'kv_namespace', name: 'SOURCE', namespace_id: from.id },
      { type: 'kv_namespace', name: 'TARGET', namespace_id: to.id },
      { type: 'workflow', name: 'PART', workflow_name: `${upload.script}-part`, class_name: 'Part' },
    ]);
    const exporting = { job: 'export', from: about(from), bucket: 'backups', verify: false, partsAtOnce: 4 } as const;
    const bound = async (other: JobRequest) => JSON.parse((await suite.jobs.upload(other)).metadata).bindings;
    const names = ({ name }: { name: string }): string => name;
    assert.deepEqual((await bound(exporting)).map(names), ['SOURCE', 'BUCKET', 'PART']);
    assert.deepEqual((await bound({ ...exporting, job: 'search', query: { text: 'x' } })).map(names), [
      'SOURCE',
      'PART',
    ]);
  });

  it('copies what is missing, and leaves what is there as it is', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, numbered(110));
    await fill(
      to,
      [...numbered(110).filter((_, i) => i % 3 === 0), entry('other')].map((one) => ({ ...one, value: bytes('old') })),
    );
    const { counts } = await carriedOut(suite.jobs, copyOf(from, to, { mode: 'missing' }));
    assert.deepEqual([counts.done, counts.present, counts.removed], [73, 37, 0]);
    const content = await contentOf(to);
    assert.equal(content.length, 111);
    assert.equal(content.filter((line) => line.includes(Buffer.from('old').toString('base64'))).length, 38);
  });

  it('makes equal: deletes only what the source does not have, within the prefix', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, [...numbered(80, 'a:'), entry('b:kept')]);
    await fill(to, [...numbered(200, 'a:'), entry('a:'), entry('a:zz'), entry('b:other'), entry('0')]);
    const { counts, differences } = await carriedOut(
      suite.jobs,
      copyOf(from, to, { mode: 'equal', prefix: 'a:', verify: true }),
    );
    assert.deepEqual([counts.done, counts.removed], [80, 122]);
    assert.deepEqual(differences, { found: 0, mended: 0, left: 0 });
    assert.deepEqual(await suite.keysOf(to), ['0', ...numbered(80, 'a:').map(({ key }) => key), 'b:other']);
  });

  it('copies a selection with its ends', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(
      from,
      numbered(120).map((one, i) => ({ ...one, ...(i % 2 === 0 && { expiration: later() + i }) })),
    );
    const keys = ['k00100', 'k00002', 'k00001', 'none', 'k00002'];
    const { counts } = await carriedOut(suite.jobs, copyOf(from, to, { keys, mode: 'equal' }));
    assert.deepEqual([counts.done, counts.gone], [3, 1]);
    const wanted = (await contentOf(from)).filter((line) => /"k00(001|002|100)"/.test(line));
    assert.deepEqual(await contentOf(to), wanted);
  });

  it('loses and doubles nothing whatever is put and deleted meanwhile', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, numbered(250));
    suite.remote.server.inside.callMs = 10;
    const { id } = await suite.begin(copyOf(from, to, { partsAtOnce: 3 }));
    for (let i = 0; i < 10; i++) {
      await from.keys.putMany([
        { key: `k000${10 + i}x`, value: 'new' },
        { key: `k002${10 + i}x`, value: 'new' },
      ]);
      await from.keys.deleteMany([`k001${10 + i}`]);
    }
    const { counts, phase } = await reached(suite.jobs, id, 'done', 'failed');
    assert.equal(phase, 'done');
    const copied = await suite.keysOf(to);
    const untouched = numbered(250)
      .map(({ key }) => key)
      .filter((key) => !/^k001[12]\d$/.test(key));
    assert.deepEqual(
      untouched.filter((key) => !copied.includes(key)),
      [],
    );
    assert.equal(new Set(copied).size, copied.length);
    assert.equal(counts.done, copied.length);
  });

  it('exports what an import reads', async () => {
    const from = suite.namespace();
    const big: KvEntry = { key: 'big', value: new Uint8Array(9 * 1024 * 1024).map((_, i) => i * 31) };
    await fill(from, [...awkwardEntries(180, later()), big]);
    const request: JobRequest = { job: 'export', from: about(from), bucket: 'backups', verify: false, partsAtOnce: 4 };
    const { counts, id } = await carriedOut(suite.jobs, request);
    assert.deepEqual([counts.done, (counts.bytes ?? 0) > big.value.length], [181, true]);
    const folder = mkdtempSync(join(tmpdir(), 'kv-inside-'));
    try {
      for (const { key } of await suite.remote.server.inside.objects(id)) {
        writeFileSync(join(folder, basename(key)), await suite.remote.server.inside.object(key));
      }
      const read: string[] = [];
      for await (const { key, value, metadata, expiration } of (await BulkFile.open(folder)).entries()) {
        read.push(JSON.stringify([key, expiration ?? null, metadata ?? null, Buffer.from(value).toString('base64')]));
      }
      assert.deepEqual(read, await contentOf(from));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('searches values for a text and for an expression', async () => {
    const from = suite.namespace();
    await fill(
      from,
      numbered(150).map((one, i) => ({ ...one, value: bytes(i % 50 === 7 ? `first\nneedle ${i}` : 'hay') })),
    );
    const request: JobRequest = {
      job: 'search',
      from: about(from),
      query: { text: 'needle' },
      verify: false,
      partsAtOnce: 3,
    };
    const { id, counts } = await carriedOut(suite.jobs, request);
    assert.equal(counts.done, 150);
    const wanted = [7, 57, 107].map((i) => ({
      kind: 'match',
      key: `k00${String(i).padStart(3, '0')}`,
      text: `needle ${i}`,
      line: 2,
    }));
    const byKey = (a: Record<string, unknown>, b: Record<string, unknown>) => (String(a.key) < String(b.key) ? -1 : 1);
    assert.deepEqual((await suite.reportOf(id)).toSorted(byKey), wanted);
    const other = await carriedOut(suite.jobs, { ...request, query: { regex: 'needle \\d{3}' } });
    assert.deepEqual(
      (await suite.reportOf(other.id)).map(({ key }) => key),
      ['k00107'],
    );
  });

  it('names every match, however many a part has', async () => {
    const from = suite.namespace();
    const line = 'needle '.repeat(20);
    await fill(
      from,
      numbered(120).map((one) => ({ ...one, value: bytes(line) })),
    );
    const request = {
      job: 'search',
      from: about(from),
      query: { text: 'needle' },
      verify: false,
      partsAtOnce: 3,
    } as const;
    const { id, counts } = await carriedOut(suite.jobs, request);
    assert.deepEqual([counts.matches, (counts.bytes ?? 0) > 120 * line.length - 1], [120, true]);
    assert.deepEqual(
      (await suite.reportOf(id)).map(({ key }) => key).sort(),
      numbered(120).map(({ key }) => key),
    );
  });

  it('keeps the order of odd keys on both sides, within an odd prefix', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    const prefix = '%/*[😀"\\';
    const starts = ['\u007f', 'é', '\ud7ff', '\ue000', '\ufffd', '\uffff', '😀', '\u{10ffff}'];
    const keys = starts.flatMap((start) => numbered(9, prefix + start));
    await fill(from, [...keys, ...numbered(5), entry('\u{10ffff}')]);
    // Every third is there, and each has something behind it that is too much.
    await fill(to, [...keys.filter((_, i) => i % 3 === 0), ...keys.map(({ key }) => entry(`${key}!`)), entry('kept')]);
    suite.jobs = jobsOf(suite.remote.source.calls, { ...hastyPace, pageSize: 7, pagesPerPart: 1, probeKeys: 7 });
    const { counts } = await carriedOut(suite.jobs, copyOf(from, to, { mode: 'equal', prefix }));
    assert.deepEqual([counts.done, counts.removed, counts.failed], [keys.length, keys.length, 0]);
    const wanted = (await contentOf(from)).filter((line) => line.startsWith(JSON.stringify([prefix]).slice(0, -2)));
    assert.deepEqual(
      (await contentOf(to)).filter((line) => !line.startsWith('["kept"')),
      wanted,
    );
  });

  it('makes nothing equal to a source without keys, unless that is meant', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(to, numbered(30));
    const { phase, failures, counts } = await carriedOut(suite.jobs, copyOf(from, to, { mode: 'equal', verify: true }));
    assert.deepEqual([phase, counts.removed, (await suite.keysOf(to)).length], ['failed', 0, 30]);
    assert.match(failures.at(-1)?.message ?? '', /no keys .*Nothing was deleted/);
    const meant = await carriedOut(suite.jobs, copyOf(from, to, { mode: 'equal', emptySource: true }));
    assert.deepEqual([meant.phase, meant.counts.removed, await suite.keysOf(to)], ['done', 30, []]);
  });

  it('compares what was copied before, says what differs and mends only that', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    const end = later();
    await fill(from, [...numbered(110), { ...entry('meta'), metadata: 1 }, { ...entry('ends'), expiration: end }]);
    await fill(to, [...numbered(110).slice(5), entry('meta'), entry('ends'), entry('extra')]);
    const request = copyOf(from, to, { comparesOnly: true });
    const { id, counts, differences } = await carriedOut(suite.jobs, request);
    assert.deepEqual(differences, { found: 7, mended: 7, left: 0 });
    assert.deepEqual([counts.listed, counts.present, counts.done, counts.removed], [112, 112, 0, 0]);
    assert.equal((await suite.reportOf(id)).filter(({ kind }) => kind === 'differs').length, 7);
    const content = (await contentOf(to)).filter((line) => !line.startsWith('["extra"'));
    assert.deepEqual(content, await contentOf(from));
  });

  it('rounds no number of metadata: the key fails, by name', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, [entry('a'), { ...entry('long'), metadata: { id: 2 ** 60 } }]);
    const { counts, failures } = await carriedOut(suite.jobs, copyOf(from, to, { verify: true }));
    assert.deepEqual([counts.done, counts.failed, await suite.keysOf(to)], [1, 1, ['a']]);
    assert.match(failures.find(({ key }) => key === 'long')?.message ?? '', /too long for a Worker/);
  });

  it('deletes by prefix, and nothing else', async () => {
    const from = suite.namespace();
    await fill(from, [...numbered(260, 'a:'), ...numbered(5, 'b:')]);
    const { counts, differences } = await carriedOut(suite.jobs, {
      job: 'delete',
      from: about(from),
      prefix: 'a:',
      // There is nothing to compare: a second pass would take what was put after it.
      verify: true,
      partsAtOnce: 4,
    });
    assert.deepEqual([counts.done, counts.bytes, differences], [260, undefined, undefined]);
    assert.deepEqual(
      await suite.keysOf(from),
      numbered(5, 'b:').map(({ key }) => key),
    );
  });
});
