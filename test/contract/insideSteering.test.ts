import assert from 'node:assert/strict';
import { isBeingMade, type JobRequest } from '../../src/inside/job.ts';
import { partsOf, walkOf } from '../../src/inside/names.ts';
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
import { numbered, useInside } from '../support/insideSuite.ts';

describe('a job inside Cloudflare, steered and disturbed', function () {
  this.timeout(240_000);
  const suite = useInside();

  it('goes on more slowly where a limit is hit', async () => {
    for (const [message, slowedBy] of [
      ['Too many subrequests.', 'subrequests'],
      ['KV PUT failed: 429 Too Many Requests', 'throttled'],
    ] as const) {
      const [from, to] = [suite.namespace(), suite.namespace()];
      await fill(from, numbered(100));
      suite.remote.server.inside.faults = [{ on: 'TARGET', method: 'put', message, skip: 30, times: 12 }];
      const state = await carriedOut(suite.jobs, copyOf(from, to));
      assert.deepEqual([state.phase, state.slowedBy, state.counts.failed], ['done', slowedBy, 0]);
      assert.equal(slowedBy === 'throttled' ? state.partsAtOnce < 6 : true, true);
      assert.equal((await suite.keysOf(to)).length, 100);
    }
  });

  it('keeps keys that fail by name, and goes on with the others', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, numbered(120));
    const refused = { on: 'TARGET', method: 'put', message: 'KV PUT failed: 413 Value too large', times: 99 } as const;
    suite.remote.server.inside.faults = [
      { ...refused, key: 'k00033' },
      { ...refused, key: 'k00099' },
    ];
    const { id, counts, failures } = await carriedOut(suite.jobs, copyOf(from, to));
    assert.deepEqual([counts.done, counts.failed], [118, 2]);
    assert.deepEqual(failures.map(({ key }) => key).sort(), ['k00033', 'k00099']);
    assert.deepEqual(
      (await suite.reportOf(id)).map(({ kind, message }) => [kind, message]),
      Array(2).fill(['failed', refused.message]),
    );
  });

  it('tries a key again by itself, without the others of its page', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, numbered(20));
    suite.remote.server.inside.faults = [
      { on: 'TARGET', method: 'put', message: 'KV PUT failed: 500 Internal Server Error', key: 'k00015', times: 3 },
      // Whoever puts this one twice repeats the page.
      { on: 'TARGET', method: 'put', message: 'KV PUT failed: 400 Twice', key: 'k00000', skip: 1, times: 99 },
    ];
    const { phase, counts } = await carriedOut(suite.jobs, copyOf(from, to));
    assert.deepEqual([phase, counts.done, counts.failed], ['done', 20, 0]);
    assert.deepEqual(await contentOf(to), await contentOf(from));
  });

  it('repeats a page that fails, and gives parts that failed another try when asked', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, numbered(100));
    suite.remote.server.inside.faults = [{ on: 'SOURCE', method: 'list', message: 'injected', skip: 2, times: 5 }];
    const { id } = await suite.begin(copyOf(from, to));
    const failed = await reached(suite.jobs, id, 'done', 'failed');
    assert.deepEqual([failed.phase, failed.parts.failed], ['failed', 1]);
    assert.equal(failed.failures.at(-1)?.message, 'injected');
    await suite.jobs.restartFailed(id, never);
    const { counts } = await reached(suite.jobs, id, 'done');
    assert.deepEqual([counts.done, (await suite.keysOf(to)).length], [100, 100]);
  });

  it('goes on where it was when everything was killed in the middle of a page', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, numbered(100));
    suite.remote.server.inside.callMs = 30;
    suite.jobs = jobsOf(suite.remote.source.calls, { ...hastyPace, pagesPerPart: 1, stuckMs: 3000 });
    const { id } = await suite.begin(copyOf(from, to, { partsAtOnce: 2 }));
    await reached(suite.jobs, id, 'running');
    await suite.remote.server.inside.restart();
    // Miniflare takes up no step that was cut off; what stands still is found, and can be given another try.
    while ((await reached(suite.jobs, id, 'done', 'failed')).phase === 'failed')
      await suite.jobs.restartFailed(id, never);
    assert.deepEqual(await contentOf(to), await contentOf(from));
  });

  it('hears what it is told in the middle of a long list', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, numbered(600));
    suite.remote.server.inside.walkMs = 250;
    suite.jobs = jobsOf(suite.remote.source.calls, { ...hastyPace, pageSize: 10, pagesPerPart: 1, probeKeys: 10 });
    const { id } = await suite.begin(copyOf(from, to, { partsAtOnce: 3 }));
    await reached(suite.jobs, id, 'running');
    await suite.jobs.pause(id, never);
    const paused = await reached(suite.jobs, id, 'paused');
    assert.deepEqual([paused.counts.allListed, paused.counts.listed < 600], [false, true]);
    const before = (await suite.keysOf(to)).length;
    await suite.jobs.resume(id, never);
    await reached(suite.jobs, id, 'running');
    await suite.jobs.cancel(id, never);
    await reached(suite.jobs, id, 'cancelled');
    assert.ok(before < 600);
  });

  it('is found, followed and steered by any window', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, numbered(120));
    suite.remote.server.inside.callMs = 100;
    const { id } = await suite.begin(copyOf(from, to, { partsAtOnce: 2, verify: true }));
    await reached(suite.jobs, id, 'running');
    const other = jobsOf(suite.remote.connect().calls);
    assert.deepEqual(
      (await other.list(never)).map((one) => [one.id, one.request?.to?.id]),
      [[id, to.id]],
    );
    await other.pause(id, never);
    const paused = await reached(other, id, 'paused');
    assert.ok(paused.counts.done < 120);
    await other.setSpeed(id, 5, never);
    await other.resume(id, never);
    const done = await reached(other, id, 'done');
    assert.deepEqual([done.partsAtOnce, done.counts.done], [5, 120]);
    assert.deepEqual(await contentOf(to), await contentOf(from));
  });

  it('begins no comparison while it is paused', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, numbered(30));
    suite.jobs = jobsOf(suite.remote.source.calls, { ...hastyPace, settleMs: 3000 });
    const { id } = await suite.begin(copyOf(from, to, { mode: 'equal', verify: true }));
    await reached(suite.jobs, id, 'waitingToVerify');
    await suite.jobs.pause(id, never);
    await reached(suite.jobs, id, 'paused');
    // What it would delete.
    await to.keys.putMany([{ key: 'late', value: 'x' }]);
    // Another one that waits as long before it compares has done so by then.
    const other = await suite.begin(copyOf(from, suite.namespace(), { mode: 'equal', verify: true }));
    await reached(suite.jobs, other.id, 'done');
    assert.equal((await suite.jobs.state(id, never)).phase, 'paused');
    assert.ok((await suite.keysOf(to)).includes('late'));
    await suite.jobs.resume(id, never);
    const { differences } = await reached(suite.jobs, id, 'done');
    assert.deepEqual(differences, { found: 1, mended: 1, left: 0 });
  });

  it('takes what two windows ask for at once, in whatever order', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, numbered(150));
    suite.remote.server.inside.callMs = 20;
    suite.remote.server.inside.faults = [{ on: 'SOURCE', method: 'list', message: 'injected', skip: 1, times: 8 }];
    const { id } = await suite.begin(copyOf(from, to, { partsAtOnce: 1 }));
    const [one, other] = [suite.jobs, jobsOf(suite.remote.connect().calls)];
    await reached(one, id, 'probing', 'running');
    await Promise.all([one.pause(id, never), other.pause(id, never), one.setSpeed(id, 3, never)]);
    await reached(other, id, 'paused');
    await Promise.all([one.resume(id, never), other.setSpeed(id, 4, never), other.resume(id, never)]);
    const failed = await reached(one, id, 'failed');
    assert.deepEqual([failed.parts.failed, failed.partsAtOnce], [2, 4]);
    await Promise.all([one.restartFailed(id, never), other.restartFailed(id, never)]);
    assert.equal((await reached(other, id, 'done', 'failed')).counts.done, 150);
    assert.deepEqual(await contentOf(to), await contentOf(from));
    // Removed by both at once: neither finds anything left.
    assert.deepEqual(await Promise.all([one.remove(id, never), other.remove(id, never)]), [[], []]);
    await Promise.all([one, other].map((jobs) => assert.rejects(jobs.pause(id, never), { kind: 'notFound' })));
  });

  it('removes nothing that goes on or is being made, where only leftovers are meant', async () => {
    const { inside } = suite.remote.server;
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, numbered(100));
    inside.callMs = 80;
    const { id } = await suite.begin(copyOf(from, to, { partsAtOnce: 1 }));
    const other = jobsOf(suite.remote.connect().calls);
    await reached(other, id, 'running', 'probing');
    await assert.rejects(other.remove(id, never, true), { kind: 'conflict' });
    await suite.jobs.pause(id, never);
    await reached(suite.jobs, id, 'paused');
    await assert.rejects(other.remove(id, never, true), { kind: 'conflict' });
    await suite.jobs.cancel(id, never);
    await reached(suite.jobs, id, 'cancelled');
    assert.deepEqual(await other.remove(id, never, true), []);
    // Another window has uploaded its Worker, and nothing more yet.
    const young = 'cloudflare-kv-job-0123456789ab';
    const script = { metadata: { tags: ['cloudflare-kv-job'] }, modules: {}, hasAddress: false };
    inside.scripts.set(young, { ...script, madeAt: Date.now() });
    const [found] = await other.list(never, true);
    assert.deepEqual([found?.id, found && isBeingMade(found)], [young, true]);
    await assert.rejects(other.remove(young, never, true), { kind: 'conflict' });
    inside.scripts.set(young, { ...script, madeAt: Date.now() - 60 * 60_000 });
    const [left] = await jobsOf(suite.remote.connect().calls).list(never);
    assert.equal(left && isBeingMade(left), false);
    assert.deepEqual([await other.list(never, true), await other.remove(young, never, true)].at(-1), []);
  });

  it('bears lost answers, refusals to go faster, and late news', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, numbered(100));
    const lost = { mishap: { kind: 'cut', at: 'start' }, applied: true } as const;
    for (const operation of ['putScript', 'putWorkflow', 'createInstance'] as const) {
      suite.remote.server.faults.add({ ...lost, operations: [operation] });
    }
    suite.remote.server.faults.add({
      mishap: { kind: 'status', status: 429, retryAfter: 0 },
      operations: ['getInstance'],
    });
    suite.remote.server.inside.lateMs = 1000;
    const { id, counts } = await carriedOut(suite.jobs, copyOf(from, to));
    assert.deepEqual([counts.done, (await suite.keysOf(to)).length], [100, 100]);
    suite.remote.server.faults.add({ ...lost, operations: ['deleteWorkflow', 'deleteScript'], times: 3 });
    assert.deepEqual(await suite.jobs.remove(id, never), []);
    assert.equal(suite.remote.server.inside.scripts.size, 0);
  });

  it('ends when it is cancelled, and can be removed then', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, numbered(120));
    suite.remote.server.inside.callMs = 80;
    const { id } = await suite.begin(copyOf(from, to, { partsAtOnce: 2 }));
    await reached(suite.jobs, id, 'running');
    await suite.jobs.cancel(id, never);
    const { counts } = await reached(suite.jobs, id, 'cancelled');
    assert.ok(counts.done < 120);
    assert.deepEqual(await suite.jobs.remove(id, never), []);
    assert.deepEqual(await suite.jobs.list(never), []);
  });

  it('ends what a step starts that was under way when it was cancelled', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, numbered(120));
    suite.remote.server.inside.callMs = 200;
    const { id } = await suite.begin(copyOf(from, to, { partsAtOnce: 1 }));
    await reached(suite.jobs, id, 'probing', 'running');
    await suite.jobs.cancel(id, never);
    const size = { pageSize: 5, pages: 100, lanes: 1 };
    const params = { number: 99, work: 'copy', range: {}, size, retryMs: 50, callRetryMs: 20 };
    const late = await suite.remote.source.calls.call({
      method: 'post',
      path: `/workflows/${partsOf(id)}/instances`,
      name: 'start a part',
      priority: 'background',
      body: { instance_id: 'part-99', params },
      signal: never,
    });
    assert.ok(late.ok);
    await reached(suite.jobs, id, 'cancelled');
    assert.ok((await suite.keysOf(to)).length < 120);
  });

  it('names what could not be removed, and finds it again', async () => {
    const [from, to] = [suite.namespace(), suite.namespace()];
    await fill(from, numbered(3));
    const { id } = await carriedOut(suite.jobs, copyOf(from, to));
    suite.remote.server.faults.add({
      mishap: { kind: 'status', status: 403, code: 10000 },
      operations: ['deleteWorkflow'],
      times: 2,
    });
    assert.deepEqual(await suite.jobs.remove(id, never), [walkOf(id), partsOf(id)]);
    assert.equal(suite.remote.server.inside.scripts.size, 0);
    const [left] = await jobsOf(suite.remote.connect().calls).list(never);
    assert.deepEqual([left?.id, left?.phase, left?.leftovers.toSorted()], [id, 'unknown', [partsOf(id), walkOf(id)]]);
    assert.deepEqual(await suite.jobs.remove(id, never), []);
  });

  it('takes over nothing that has its name already', async () => {
    const request = copyOf(suite.namespace(), suite.namespace());
    const upload = await suite.jobs.upload(request);
    const theirs = { metadata: {}, modules: {}, hasAddress: true };
    suite.remote.server.inside.scripts.set(upload.script, theirs);
    await assert.rejects(suite.jobs.start(request, upload, never), { kind: 'conflict' });
    assert.equal(suite.remote.server.inside.scripts.get(upload.script), theirs);
    suite.remote.server.inside.scripts.clear();
    suite.remote.server.inside.workflows.set(walkOf(upload.script), { script: 'theirs', className: 'Theirs' });
    await assert.rejects(suite.jobs.start(request, upload, never), { kind: 'conflict' });
    assert.deepEqual([suite.remote.server.inside.scripts.size, suite.remote.server.inside.workflows.size], [0, 1]);
  });

  it('leaves nothing behind whichever call is refused, cancelled or lost', async () => {
    const { inside, faults } = suite.remote.server;
    const request = copyOf(suite.namespace(), suite.namespace());
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
      await assert.rejects(suite.begin(request), { kind: 'forbidden' });
      assert.deepEqual([operation, ...left()], [operation, 0, 0]);
      faults.clear();
      // Given up while the request is on its way: it arrives all the same.
      const given = new AbortController();
      faults.add({ mishap: { kind: 'delay', ms: 150 }, operations: [operation], skip });
      const before = suite.remote.server.count(operation);
      const starting = assert.rejects(suite.jobs.start(request, await suite.jobs.upload(request), given.signal), {
        kind: 'cancelled',
      });
      while (suite.remote.server.count(operation) === before + skip)
        await new Promise((resolve) => setTimeout(resolve, 5));
      given.abort();
      await starting;
      assert.deepEqual([operation, ...left()], [operation, 0, 0]);
      faults.clear();
    }
    // What cannot be removed either is named.
    faults.add({ mishap: { kind: 'status', status: 403, code: 10000 }, operations: ['createInstance'] });
    faults.add({ mishap: { kind: 'status', status: 403, code: 10000 }, operations: ['deleteWorkflow'], times: 2 });
    await assert.rejects(suite.begin(request), ({ kind, message }) => {
      assert.match(message, /lacks the permission Workers Scripts: Edit.*could not be removed: .*-walk, .*-part/s);
      return kind === 'forbidden';
    });
  });

  it('takes no selection that is too long, before anybody is asked', async () => {
    const keys = Array.from({ length: 10_000 }, (_, i) => `${'k'.repeat(60)}${i}`);
    const request = copyOf(suite.namespace(), suite.namespace(), { keys });
    await assert.rejects(suite.jobs.upload(request), { kind: 'tooLarge' });
    assert.ok(await suite.jobs.upload({ ...request, keys: keys.map((key) => key.slice(25)) }));
  });

  it('shows a job that was started a moment ago, though the account does not tell of it yet', async () => {
    const { id } = await suite.begin(copyOf(suite.namespace(), suite.namespace()));
    suite.remote.server.faults.add({
      mishap: { kind: 'status', status: 404, code: 10201 },
      operations: ['getInstance'],
    });
    assert.equal((await suite.jobs.state(id, never)).phase, 'probing');
    assert.equal((await reached(suite.jobs, id, 'done')).counts.done, 0);
  });

  it('takes away what it made where it does not come so far', async () => {
    const request = copyOf(suite.namespace(), suite.namespace());
    suite.remote.server.faults.add({
      mishap: { kind: 'status', status: 400, code: 10001 },
      operations: ['createInstance'],
    });
    await assert.rejects(suite.begin(request), { kind: 'invalidInput' });
    assert.deepEqual([suite.remote.server.inside.scripts.size, suite.remote.server.inside.workflows.size], [0, 0]);
    const cancelled = new AbortController();
    suite.remote.server.faults.add({ mishap: { kind: 'delay', ms: 300 }, operations: ['putWorkflow'] });
    const starting = suite.jobs.start(request, await suite.jobs.upload(request), cancelled.signal);
    setTimeout(() => cancelled.abort(), 150);
    await assert.rejects(starting, { kind: 'cancelled' });
    assert.deepEqual([suite.remote.server.inside.scripts.size, suite.remote.server.inside.workflows.size], [0, 0]);
  });

  it('says what stands in the way before anything is made', async () => {
    const { inside } = suite.remote.server;
    const [from, to] = [suite.namespace(), suite.namespace()];
    const copy = copyOf(from, to);
    const exporting: JobRequest = {
      job: 'export',
      from: about(from),
      bucket: 'backups',
      verify: false,
      partsAtOnce: 4,
    };
    const withToken = (token: object) => {
      const { text } = suite.remote.server.issueToken(token);
      return jobsOf(suite.remote.connectAs(async () => text).calls);
    };
    assert.equal(await suite.jobs.refusal(copy, never), undefined);
    inside.hasSubdomain = false;
    assert.deepEqual(await suite.jobs.refusal(copy, never), { kind: 'noSubdomain' });
    inside.hasSubdomain = true;
    inside.bucketNames = [];
    assert.deepEqual(await suite.jobs.refusal(exporting, never), { kind: 'noBuckets' });
    inside.bucketNames = undefined;
    assert.deepEqual(await suite.jobs.refusal(exporting, never), { kind: 'noBuckets' });
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
    await assert.rejects(suite.begin(copy), ({ refusal }) => refusal.kind === 'freePlan');
    inside.isPaid = true;
    const reader = withToken({ storage: 'read' });
    await assert.rejects(
      reader.start(copy, await reader.upload(copy), never),
      ({ refusal }) => refusal.permission === 'Workers KV Storage: Edit',
    );
    assert.deepEqual([inside.scripts.size, inside.workflows.size], [0, 0]);
  });
});
