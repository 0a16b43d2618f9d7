import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { BulkFile } from '../../src/core/transfer/files/bulkFile.ts';
import type { InsideJobs } from '../../src/inside/insideJobs.ts';
import type { JobRequest } from '../../src/inside/job.ts';
import { partsOf, walkOf } from '../../src/inside/names.ts';
import { awkwardEntries } from '../support/awkwardEntries.ts';
import { type Remote, startRemote } from '../support/cloudflare/remote.ts';
import {
  about,
  carriedOut,
  contentOf,
  copyOf,
  fill,
  hastyPace,
  jobsOf,
  listed,
  never,
  reached,
} from '../support/insideJobs.ts';

const later = (): number => Math.floor(Date.now() / 1000) + 86_400;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const entry = (key: string, value = key): KvEntry => ({ key, value: bytes(value) });
const numbered = (count: number, start = 'k'): KvEntry[] =>
  Array.from({ length: count }, (_, i) => entry(`${start}${String(i).padStart(5, '0')}`));

describe('a job inside Cloudflare', function () {
  this.timeout(240_000);
  let remote: Remote;
  let jobs: InsideJobs;
  let titles = 0;

  const namespace = () => remote.server.createNamespace(`inside ${titles++}`);
  const keysOf = async (record: ReturnType<typeof namespace>) => (await listed(record.keys)).map(({ name }) => name);
  const begin = async (request: JobRequest) => await jobs.start(request, await jobs.upload(request), never);
  const reportOf = async (id: string) => {
    const lines: Record<string, unknown>[] = [];
    for await (const line of jobs.report(id, never)) lines.push(JSON.parse(line));
    return lines;
  };

  before(async () => {
    remote = await startRemote();
  });
  beforeEach(() => {
    jobs = jobsOf(remote.source.calls);
    remote.server.reset();
    Object.assign(remote.server.inside, {
      faults: [],
      callMs: 0,
      walkMs: 0,
      lateMs: 0,
      hasSubdomain: true,
      isPaid: true,
    });
    remote.server.inside.bucketNames = ['backups'];
    remote.server.inside.scripts.clear();
    remote.server.inside.workflows.clear();
  });
  after(async () => {
    await remote.stop();
    assert.deepEqual([remote.server.violations, remote.server.strays], [[], []]);
  });

  it('copies every awkward key, value, metadata and expiration, compares, and leaves nothing behind', async () => {
    const [from, to] = [namespace(), namespace()];
    await fill(from, awkwardEntries(400, later()));
    await fill(from, [{ ...entry('soon'), expiration: Math.floor(Date.now() / 1000) + 68 }]);
    const state = await carriedOut(jobs, copyOf(from, to, { verify: true }));
    assert.equal(state.phase, 'done');
    // The one that ends too soon is looked at, and left.
    assert.deepEqual([state.counts.done, state.counts.expiring + state.counts.gone], [400, 1]);
    assert.deepEqual(state.differences, { found: 0, mended: 0, left: 0 });
    assert.equal(state.request?.from.title, from.title);
    assert.ok((state.latencies?.read ?? 0) > 0 && state.costSoFar > 0);
    const source = (await contentOf(from)).filter((line) => !line.startsWith('["soon"'));
    assert.deepEqual(await contentOf(to), source);
    assert.deepEqual(await jobs.remove(state.id, never), []);
    assert.deepEqual([remote.server.inside.scripts.size, remote.server.inside.workflows.size], [0, 0]);
  });

  it('gives the Worker no address and binds it to nothing else', async () => {
    const [from, to] = [namespace(), namespace()];
    await fill(from, numbered(3));
    const request = copyOf(from, to);
    const upload = await jobs.upload(request);
    assert.match(upload.script, /^cloudflare-kv-job-[0-9a-f]{12}$/);
    await jobs.start(request, upload, never);
    await reached(jobs, upload.script, 'done');
    const script = remote.server.inside.scripts.get(upload.script);
    assert.equal(script?.hasAddress, false);
    assert.deepEqual(script?.metadata.tags, ['cloudflare-kv-job']);
    assert.deepEqual(script?.metadata.bindings, [
      { type: 'kv_namespace', name: 'SOURCE', namespace_id: from.id },
      { type: 'kv_namespace', name: 'TARGET', namespace_id: to.id },
      { type: 'workflow', name: 'PART', workflow_name: `${upload.script}-part`, class_name: 'Part' },
    ]);
    assert.equal(JSON.parse(upload.metadata).bindings.length, 3);
  });

  it('copies what is missing, and leaves what is there as it is', async () => {
    const [from, to] = [namespace(), namespace()];
    await fill(from, numbered(220));
    await fill(
      to,
      [...numbered(220).filter((_, i) => i % 3 === 0), entry('other')].map((one) => ({ ...one, value: bytes('old') })),
    );
    const { counts } = await carriedOut(jobs, copyOf(from, to, { mode: 'missing' }));
    assert.deepEqual([counts.done, counts.present, counts.removed], [146, 74, 0]);
    const content = await contentOf(to);
    assert.equal(content.length, 221);
    assert.equal(content.filter((line) => line.includes(Buffer.from('old').toString('base64'))).length, 75);
  });

  it('makes equal: deletes only what the source does not have, within the prefix', async () => {
    const [from, to] = [namespace(), namespace()];
    await fill(from, [...numbered(160, 'a:'), entry('b:kept')]);
    await fill(to, [...numbered(400, 'a:'), entry('a:'), entry('a:zz'), entry('b:other'), entry('0')]);
    const { counts, differences } = await carriedOut(
      jobs,
      copyOf(from, to, { mode: 'equal', prefix: 'a:', verify: true }),
    );
    assert.deepEqual([counts.done, counts.removed], [160, 242]);
    assert.deepEqual(differences, { found: 0, mended: 0, left: 0 });
    assert.deepEqual(await keysOf(to), ['0', ...numbered(160, 'a:').map(({ key }) => key), 'b:other']);
  });

  it('copies a selection with its ends', async () => {
    const [from, to] = [namespace(), namespace()];
    await fill(
      from,
      numbered(120).map((one, i) => ({ ...one, ...(i % 2 === 0 && { expiration: later() + i }) })),
    );
    const keys = ['k00100', 'k00002', 'k00001', 'none', 'k00002'];
    const { counts } = await carriedOut(jobs, copyOf(from, to, { keys, mode: 'equal' }));
    assert.deepEqual([counts.done, counts.gone], [3, 1]);
    const wanted = (await contentOf(from)).filter((line) => /"k00(001|002|100)"/.test(line));
    assert.deepEqual(await contentOf(to), wanted);
  });

  it('loses and doubles nothing whatever is put and deleted meanwhile', async () => {
    const [from, to] = [namespace(), namespace()];
    await fill(from, numbered(500));
    remote.server.inside.callMs = 10;
    const { id } = await begin(copyOf(from, to, { partsAtOnce: 3 }));
    for (let i = 0; i < 10; i++) {
      await from.keys.putMany([
        { key: `k000${10 + i}x`, value: 'new' },
        { key: `k004${10 + i}x`, value: 'new' },
      ]);
      await from.keys.deleteMany([`k003${10 + i}`]);
    }
    const { counts, phase } = await reached(jobs, id, 'done', 'failed');
    assert.equal(phase, 'done');
    const copied = await keysOf(to);
    const untouched = numbered(500)
      .map(({ key }) => key)
      .filter((key) => !/^k003[12]\d$/.test(key));
    assert.deepEqual(
      untouched.filter((key) => !copied.includes(key)),
      [],
    );
    assert.equal(new Set(copied).size, copied.length);
    assert.equal(counts.done, copied.length);
  });

  it('exports what an import reads', async () => {
    const from = namespace();
    const big: KvEntry = { key: 'big', value: new Uint8Array(9 * 1024 * 1024).map((_, i) => i * 31) };
    await fill(from, [...awkwardEntries(180, later()), big]);
    const request: JobRequest = { job: 'export', from: about(from), bucket: 'backups', verify: false, partsAtOnce: 4 };
    const { counts, id } = await carriedOut(jobs, request);
    assert.deepEqual([counts.done, (counts.bytes ?? 0) > big.value.length], [181, true]);
    const folder = mkdtempSync(join(tmpdir(), 'kv-inside-'));
    try {
      for (const { key } of await remote.server.inside.objects(id)) {
        writeFileSync(join(folder, basename(key)), await remote.server.inside.object(key));
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
    const from = namespace();
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
    const { id, counts } = await carriedOut(jobs, request);
    assert.equal(counts.done, 150);
    const wanted = [7, 57, 107].map((i) => ({
      kind: 'match',
      key: `k00${String(i).padStart(3, '0')}`,
      text: `needle ${i}`,
      line: 2,
    }));
    const byKey = (a: Record<string, unknown>, b: Record<string, unknown>) => (String(a.key) < String(b.key) ? -1 : 1);
    assert.deepEqual((await reportOf(id)).sort(byKey), wanted);
    const other = await carriedOut(jobs, { ...request, query: { regex: 'needle \\d{3}' } });
    assert.deepEqual(
      (await reportOf(other.id)).map(({ key }) => key),
      ['k00107'],
    );
  });

  it('names every match, however many a part has', async () => {
    const from = namespace();
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
    const { id, counts } = await carriedOut(jobs, request);
    assert.deepEqual([counts.matches, (counts.bytes ?? 0) > 120 * line.length - 1], [120, true]);
    assert.deepEqual(
      (await reportOf(id)).map(({ key }) => key).sort(),
      numbered(120).map(({ key }) => key),
    );
  });

  it('keeps the order of odd keys on both sides, within an odd prefix', async () => {
    const [from, to] = [namespace(), namespace()];
    const prefix = '%/*[😀"\\';
    const starts = ['\u007f', 'é', '\ud7ff', '\ue000', '\ufffd', '\uffff', '😀', '\u{10ffff}'];
    const keys = starts.flatMap((start) => numbered(9, prefix + start));
    await fill(from, [...keys, ...numbered(5), entry('\u{10ffff}')]);
    // Every third is there, and each has something behind it that is too much.
    await fill(to, [...keys.filter((_, i) => i % 3 === 0), ...keys.map(({ key }) => entry(`${key}!`)), entry('kept')]);
    jobs = jobsOf(remote.source.calls, { ...hastyPace, pageSize: 7, pagesPerPart: 1, probeKeys: 7 });
    const { counts } = await carriedOut(jobs, copyOf(from, to, { mode: 'equal', prefix }));
    assert.deepEqual([counts.done, counts.removed, counts.failed], [keys.length, keys.length, 0]);
    const wanted = (await contentOf(from)).filter((line) => line.startsWith(JSON.stringify([prefix]).slice(0, -2)));
    assert.deepEqual(
      (await contentOf(to)).filter((line) => !line.startsWith('["kept"')),
      wanted,
    );
  });

  it('makes nothing equal to a source without keys, unless that is meant', async () => {
    const [from, to] = [namespace(), namespace()];
    await fill(to, numbered(30));
    const { phase, failures, counts } = await carriedOut(jobs, copyOf(from, to, { mode: 'equal', verify: true }));
    assert.deepEqual([phase, counts.removed, (await keysOf(to)).length], ['failed', 0, 30]);
    assert.match(failures.at(-1)?.message ?? '', /no keys .*Nothing was deleted/);
    const meant = await carriedOut(jobs, copyOf(from, to, { mode: 'equal', emptySource: true }));
    assert.deepEqual([meant.phase, meant.counts.removed, await keysOf(to)], ['done', 30, []]);
  });

  it('compares what was copied before, says what differs and mends only that', async () => {
    const [from, to] = [namespace(), namespace()];
    const end = later();
    await fill(from, [...numbered(110), { ...entry('meta'), metadata: 1 }, { ...entry('ends'), expiration: end }]);
    await fill(to, [...numbered(110).slice(5), entry('meta'), entry('ends'), entry('extra')]);
    const request = copyOf(from, to, { comparesOnly: true });
    const { id, counts, differences } = await carriedOut(jobs, request);
    assert.deepEqual(differences, { found: 7, mended: 7, left: 0 });
    assert.deepEqual([counts.listed, counts.present, counts.done, counts.removed], [112, 112, 0, 0]);
    assert.equal((await reportOf(id)).filter(({ kind }) => kind === 'differs').length, 7);
    const content = (await contentOf(to)).filter((line) => !line.startsWith('["extra"'));
    assert.deepEqual(content, await contentOf(from));
  });

  it('rounds no number of metadata: the key fails, by name', async () => {
    const [from, to] = [namespace(), namespace()];
    await fill(from, [entry('a'), { ...entry('long'), metadata: { id: 2 ** 60 } }]);
    const { counts, failures } = await carriedOut(jobs, copyOf(from, to, { verify: true }));
    assert.deepEqual([counts.done, counts.failed, await keysOf(to)], [1, 1, ['a']]);
    assert.match(failures.find(({ key }) => key === 'long')?.message ?? '', /too long for a Worker/);
  });

  it('deletes by prefix, and nothing else', async () => {
    const from = namespace();
    await fill(from, [...numbered(260, 'a:'), ...numbered(5, 'b:')]);
    const { counts, differences } = await carriedOut(jobs, {
      job: 'delete',
      from: about(from),
      prefix: 'a:',
      verify: true,
      partsAtOnce: 4,
    });
    assert.deepEqual([counts.done, differences], [260, { found: 0, mended: 0, left: 0 }]);
    assert.deepEqual(
      await keysOf(from),
      numbered(5, 'b:').map(({ key }) => key),
    );
  });

  it('goes on more slowly where a limit is hit', async () => {
    for (const [message, slowedBy] of [
      ['Too many subrequests.', 'subrequests'],
      ['KV PUT failed: 429 Too Many Requests', 'throttled'],
    ] as const) {
      const [from, to] = [namespace(), namespace()];
      await fill(from, numbered(200));
      remote.server.inside.faults = [{ on: 'TARGET', method: 'put', message, skip: 60, times: 12 }];
      const state = await carriedOut(jobs, copyOf(from, to));
      assert.deepEqual([state.phase, state.slowedBy, state.counts.failed], ['done', slowedBy, 0]);
      assert.equal(slowedBy === 'throttled' ? state.partsAtOnce < 6 : true, true);
      assert.equal((await keysOf(to)).length, 200);
    }
  });

  it('keeps keys that fail by name, and goes on with the others', async () => {
    const [from, to] = [namespace(), namespace()];
    await fill(from, numbered(120));
    const refused = { on: 'TARGET', method: 'put', message: 'KV PUT failed: 413 Value too large', times: 99 } as const;
    remote.server.inside.faults = [
      { ...refused, key: 'k00033' },
      { ...refused, key: 'k00099' },
    ];
    const { id, counts, failures } = await carriedOut(jobs, copyOf(from, to));
    assert.deepEqual([counts.done, counts.failed], [118, 2]);
    assert.deepEqual(failures.map(({ key }) => key).sort(), ['k00033', 'k00099']);
    assert.deepEqual(
      (await reportOf(id)).map(({ kind, message }) => [kind, message]),
      Array(2).fill(['failed', refused.message]),
    );
  });

  it('repeats a page that fails, and gives parts that failed another try when asked', async () => {
    const [from, to] = [namespace(), namespace()];
    await fill(from, numbered(200));
    remote.server.inside.faults = [{ on: 'SOURCE', method: 'list', message: 'injected', skip: 2, times: 5 }];
    const { id } = await begin(copyOf(from, to));
    const failed = await reached(jobs, id, 'done', 'failed');
    assert.deepEqual([failed.phase, failed.parts.failed], ['failed', 1]);
    assert.equal(failed.failures.at(-1)?.message, 'injected');
    await jobs.restartFailed(id, never);
    const { counts } = await reached(jobs, id, 'done');
    assert.deepEqual([counts.done, (await keysOf(to)).length], [200, 200]);
  });

  it('goes on where it was when everything was killed in the middle of a page', async () => {
    const [from, to] = [namespace(), namespace()];
    await fill(from, numbered(200));
    remote.server.inside.callMs = 15;
    jobs = jobsOf(remote.source.calls, { ...hastyPace, pagesPerPart: 1, stuckMs: 10_000 });
    const { id } = await begin(copyOf(from, to, { partsAtOnce: 2 }));
    await reached(jobs, id, 'running');
    await remote.server.inside.restart();
    // Miniflare takes up no step that was cut off; what stands still is found, and can be given another try.
    while ((await reached(jobs, id, 'done', 'failed')).phase === 'failed') await jobs.restartFailed(id, never);
    assert.deepEqual(await contentOf(to), await contentOf(from));
  });

  it('hears what it is told in the middle of a long list', async () => {
    const [from, to] = [namespace(), namespace()];
    await fill(from, numbered(900));
    remote.server.inside.walkMs = 100;
    jobs = jobsOf(remote.source.calls, { ...hastyPace, pageSize: 10, pagesPerPart: 1, probeKeys: 10 });
    const { id } = await begin(copyOf(from, to, { partsAtOnce: 10 }));
    await reached(jobs, id, 'running');
    await jobs.pause(id, never);
    const paused = await reached(jobs, id, 'paused');
    assert.deepEqual([paused.counts.allListed, paused.counts.listed < 900], [false, true]);
    const before = (await keysOf(to)).length;
    await jobs.resume(id, never);
    await reached(jobs, id, 'running');
    await jobs.cancel(id, never);
    await reached(jobs, id, 'cancelled');
    assert.ok(before < 900);
  });

  it('is found, followed and steered by any window', async () => {
    const [from, to] = [namespace(), namespace()];
    await fill(from, numbered(400));
    remote.server.inside.callMs = 20;
    const { id } = await begin(copyOf(from, to, { partsAtOnce: 2, verify: true }));
    await reached(jobs, id, 'running');
    const other = jobsOf(remote.connect().calls);
    assert.deepEqual(
      (await other.list(never)).map((one) => [one.id, one.request?.to?.id]),
      [[id, to.id]],
    );
    await other.pause(id, never);
    const paused = await reached(other, id, 'paused');
    assert.ok(paused.counts.done < 400);
    await other.setSpeed(id, 5, never);
    await other.resume(id, never);
    const done = await reached(other, id, 'done');
    assert.deepEqual([done.partsAtOnce, done.counts.done], [5, 400]);
    assert.deepEqual(await contentOf(to), await contentOf(from));
  });

  it('bears lost answers, refusals to go faster, and late news', async () => {
    const [from, to] = [namespace(), namespace()];
    await fill(from, numbered(100));
    const lost = { mishap: { kind: 'cut', at: 'start' }, applied: true } as const;
    for (const operation of ['putScript', 'putWorkflow', 'createInstance'] as const) {
      remote.server.faults.add({ ...lost, operations: [operation] });
    }
    remote.server.faults.add({ mishap: { kind: 'status', status: 429, retryAfter: 0 }, operations: ['getInstance'] });
    remote.server.inside.lateMs = 1000;
    const { id, counts } = await carriedOut(jobs, copyOf(from, to));
    assert.deepEqual([counts.done, (await keysOf(to)).length], [100, 100]);
    remote.server.faults.add({ ...lost, operations: ['deleteWorkflow', 'deleteScript'], times: 3 });
    assert.deepEqual(await jobs.remove(id, never), []);
    assert.equal(remote.server.inside.scripts.size, 0);
  });

  it('ends when it is cancelled, and can be removed then', async () => {
    const [from, to] = [namespace(), namespace()];
    await fill(from, numbered(400));
    remote.server.inside.callMs = 20;
    const { id } = await begin(copyOf(from, to, { partsAtOnce: 2 }));
    await reached(jobs, id, 'running');
    await jobs.cancel(id, never);
    const { counts } = await reached(jobs, id, 'cancelled');
    assert.ok(counts.done < 400);
    assert.deepEqual(await jobs.remove(id, never), []);
    assert.deepEqual(await jobs.list(never), []);
  });

  it('names what could not be removed, and finds it again', async () => {
    const [from, to] = [namespace(), namespace()];
    await fill(from, numbered(3));
    const { id } = await carriedOut(jobs, copyOf(from, to));
    remote.server.faults.add({
      mishap: { kind: 'status', status: 403, code: 10000 },
      operations: ['deleteWorkflow'],
      times: 2,
    });
    assert.deepEqual(await jobs.remove(id, never), [walkOf(id), partsOf(id)]);
    assert.equal(remote.server.inside.scripts.size, 0);
    const [left] = await jobsOf(remote.connect().calls).list(never);
    assert.deepEqual([left?.id, left?.phase, left?.leftovers.toSorted()], [id, 'unknown', [partsOf(id), walkOf(id)]]);
    assert.deepEqual(await jobs.remove(id, never), []);
  });

  it('takes over nothing that has its name already', async () => {
    const request = copyOf(namespace(), namespace());
    const upload = await jobs.upload(request);
    const theirs = { metadata: {}, modules: {}, hasAddress: true };
    remote.server.inside.scripts.set(upload.script, theirs);
    await assert.rejects(jobs.start(request, upload, never), { kind: 'conflict' });
    assert.equal(remote.server.inside.scripts.get(upload.script), theirs);
    remote.server.inside.scripts.clear();
    remote.server.inside.workflows.set(walkOf(upload.script), { script: 'theirs', className: 'Theirs' });
    await assert.rejects(jobs.start(request, upload, never), { kind: 'conflict' });
    assert.deepEqual([remote.server.inside.scripts.size, remote.server.inside.workflows.size], [0, 1]);
  });

  it('leaves nothing behind whichever call is refused, cancelled or lost', async () => {
    const { inside, faults } = remote.server;
    const request = copyOf(namespace(), namespace());
    const left = () => [inside.scripts.size, inside.workflows.size];
    for (const [operation, skip] of [
      ['putScript', 0],
      ['setScriptSubdomain', 0],
      ['putWorkflow', 0],
      ['putWorkflow', 1],
      ['createInstance', 0],
    ] as const) {
      const refused = { mishap: { kind: 'status', status: 403, code: 10000 }, operations: [operation] } as const;
      faults.add({ ...refused, skip });
      await assert.rejects(begin(request), { kind: 'forbidden' });
      assert.deepEqual([operation, ...left()], [operation, 0, 0]);
      faults.clear();
      // Given up while the request is on its way: it arrives all the same.
      const given = new AbortController();
      faults.add({ mishap: { kind: 'delay', ms: 150 }, operations: [operation], skip });
      const before = remote.server.count(operation);
      const starting = assert.rejects(jobs.start(request, await jobs.upload(request), given.signal), {
        kind: 'cancelled',
      });
      while (remote.server.count(operation) === before + skip) await new Promise((resolve) => setTimeout(resolve, 5));
      given.abort();
      await starting;
      assert.deepEqual([operation, ...left()], [operation, 0, 0]);
      faults.clear();
    }
    // What cannot be removed either is named.
    faults.add({ mishap: { kind: 'status', status: 403, code: 10000 }, operations: ['createInstance'] });
    faults.add({ mishap: { kind: 'status', status: 403, code: 10000 }, operations: ['deleteWorkflow'], times: 2 });
    await assert.rejects(begin(request), ({ kind, message }) => {
      assert.match(message, /lacks the permission Workers Scripts: Edit.*could not be removed: .*-walk, .*-part/s);
      return kind === 'forbidden';
    });
  });

  it('takes no selection that is too long, before anybody is asked', async () => {
    const keys = Array.from({ length: 10_000 }, (_, i) => `${'k'.repeat(60)}${i}`);
    const request = copyOf(namespace(), namespace(), { keys });
    await assert.rejects(jobs.upload(request), { kind: 'tooLarge' });
    assert.ok(await jobs.upload({ ...request, keys: keys.map((key) => key.slice(25)) }));
  });

  it('shows a job that was started a moment ago, though the account does not tell of it yet', async () => {
    const { id } = await begin(copyOf(namespace(), namespace()));
    remote.server.faults.add({ mishap: { kind: 'status', status: 404, code: 10201 }, operations: ['getInstance'] });
    assert.equal((await jobs.state(id, never)).phase, 'probing');
    assert.equal((await reached(jobs, id, 'done')).counts.done, 0);
  });

  it('takes away what it made where it does not come so far', async () => {
    const request = copyOf(namespace(), namespace());
    remote.server.faults.add({ mishap: { kind: 'status', status: 400, code: 10001 }, operations: ['createInstance'] });
    await assert.rejects(begin(request), { kind: 'invalidInput' });
    assert.deepEqual([remote.server.inside.scripts.size, remote.server.inside.workflows.size], [0, 0]);
    const cancelled = new AbortController();
    remote.server.faults.add({ mishap: { kind: 'delay', ms: 300 }, operations: ['putWorkflow'] });
    const starting = jobs.start(request, await jobs.upload(request), cancelled.signal);
    setTimeout(() => cancelled.abort(), 150);
    await assert.rejects(starting, { kind: 'cancelled' });
    assert.deepEqual([remote.server.inside.scripts.size, remote.server.inside.workflows.size], [0, 0]);
  });

  it('says what stands in the way before anything is made', async () => {
    const { inside } = remote.server;
    const [from, to] = [namespace(), namespace()];
    const copy = copyOf(from, to);
    const exporting: JobRequest = {
      job: 'export',
      from: about(from),
      bucket: 'backups',
      verify: false,
      partsAtOnce: 4,
    };
    const withToken = (token: object) => {
      const { text } = remote.server.issueToken(token);
      return jobsOf(remote.connectAs(async () => text).calls);
    };
    assert.equal(await jobs.refusal(copy, never), undefined);
    inside.hasSubdomain = false;
    assert.deepEqual(await jobs.refusal(copy, never), { kind: 'noSubdomain' });
    inside.hasSubdomain = true;
    inside.bucketNames = [];
    assert.deepEqual(await jobs.refusal(exporting, never), { kind: 'noBuckets' });
    inside.bucketNames = undefined;
    assert.deepEqual(await jobs.refusal(exporting, never), { kind: 'noBuckets' });
    inside.bucketNames = ['backups'];
    for (const [token, request, permission] of [
      [{ scripts: false }, copy, 'Workers Scripts: Edit'],
      [{ storage: 'none' }, copy, 'Workers KV Storage: Edit'],
      [{ buckets: false }, exporting, 'Workers R2 Storage: Edit'],
    ] as const) {
      assert.deepEqual(await withToken(token).refusal(request, never), { kind: 'permission', permission });
    }
    // What only the upload tells.
    inside.isPaid = false;
    await assert.rejects(begin(copy), ({ refusal }) => refusal.kind === 'freePlan');
    inside.isPaid = true;
    const reader = withToken({ storage: 'read' });
    await assert.rejects(
      reader.start(copy, await reader.upload(copy), never),
      ({ refusal }) => refusal.permission === 'Workers KV Storage: Edit',
    );
    assert.deepEqual([inside.scripts.size, inside.workflows.size], [0, 0]);
  });
});
