import assert from 'node:assert/strict';
import { isKvError, KvError } from '../../../src/core/base/errors.ts';
import { isBeingMade } from '../../../src/inside/job.ts';
import { GONE_AFTER_MS, JobFollower, PAUSED_POLL_MS, POLL_MS } from '../../../src/pages/jobs/jobFollower.ts';
import { jobsInBrief } from '../../../src/pages/jobs/jobTexts.ts';
import { MOST_REPORT_LINES, ReportNotKept } from '../../../src/pages/jobs/keptReport.ts';
import { ManualTiming, settle } from '../../support/manualTiming.ts';
import { copyRequest, jobState, MemoryJobs } from '../../support/memoryJobs.ts';

describe('following jobs inside Cloudflare', () => {
  const [one, two] = ['cloudflare-kv-job-1', 'cloudflare-kv-job-2'] as const;
  let jobs: MemoryJobs;
  let timing: ManualTiming;
  let accounts: { readonly id: string; readonly name: string }[];
  let follower: JobFollower;
  beforeEach(() => {
    jobs = new MemoryJobs();
    timing = new ManualTiming();
    accounts = [{ id: 'acme', name: 'Acme Inc' }];
    follower = new JobFollower({ jobsOf: async () => jobs, accounts: () => accounts, timing });
  });
  afterEach(() => follower.dispose());

  const place = (id: string) => ({ account: 'acme', id });
  const phaseOf = (id: string) => follower.job(place(id))?.state.phase;
  const states = () => jobs.asked.filter((what) => what.startsWith('state'));

  it('asks at most six times a minute, whatever the number of jobs, and only while somebody looks', async () => {
    for (const id of [one, two, 'cloudflare-kv-job-3']) jobs.put(jobState({ id }));
    await follower.list();
    await timing.pass(60_000);
    assert.deepEqual(states(), []);
    const watch = follower.watch();
    await timing.pass(60_000);
    assert.equal(states().length, 6);
    assert.equal(new Set(states()).size, 3);
    watch.dispose();
    await timing.pass(60_000);
    assert.ok(states().length <= 7);
    assert.deepEqual(timing.pending, []);
  });

  it('asks nothing of jobs that have ended, and once a minute about those that stand still', async () => {
    const ended: string[] = [];
    follower.onDidEnd(({ id }) => ended.push(id));
    jobs.put(jobState({ id: one, phase: 'done' }));
    jobs.put(jobState({ id: two, phase: 'paused' }));
    await follower.list();
    await follower.follow(place(two), copyRequest);
    await timing.pass(5 * PAUSED_POLL_MS);
    assert.deepEqual(states(), Array(6).fill(`state ${two}`));
    // Another window resumes it, and it ends.
    jobs.turn(two, 'running');
    await timing.pass(PAUSED_POLL_MS);
    jobs.turn(two, 'done');
    await timing.pass(PAUSED_POLL_MS);
    assert.deepEqual(ended, [two]);
  });

  it('says that a job goes on when its account is signed out', async () => {
    jobs.put(jobState({ id: one }));
    await follower.follow(place(one), copyRequest);
    const ended = follower.ended(place(one), new AbortController().signal);
    const refused = assert.rejects(ended, (error) => isKvError(error, 'unauthenticated'));
    accounts = [];
    follower.forgetAccounts();
    await refused;
  });

  it('leaves a job whose report names keys and cannot be read', async () => {
    jobs.put(jobState({ id: one, phase: 'done', counts: { failed: 2 } }));
    await follower.list();
    const [state] = await follower.list();
    assert.ok(state);
    jobs.reportError = new KvError('server', 'broken');
    assert.deepEqual(await follower.removeEnded(state), [one]);
    assert.deepEqual([jobs.states.has(one), follower.job(place(one))?.state.leftovers], [true, [one]]);
    jobs.reportError = undefined;
    assert.deepEqual(await follower.removeEnded(state), []);
  });

  it('leaves a job whose report is longer than what is kept of it, and says why', async () => {
    const lines = Array.from({ length: MOST_REPORT_LINES + 1 }, (_, i) =>
      JSON.stringify({ key: `k${i}`, text: 'hit' }),
    );
    const found = jobState({ id: one, phase: 'done', counts: { matches: lines.length } });
    jobs.put(found);
    jobs.reports.set(one, lines);
    await follower.list();
    assert.deepEqual([await follower.removeEnded(found), jobs.states.has(one)], [[one], true]);
    assert.match(follower.job(place(one))?.keptFor ?? '', /more than 20,000 lines.*stays in the account/);
    await assert.rejects(
      follower.remove(place(one), undefined, { needsReport: true }),
      (error) => error instanceof ReportNotKept,
    );
    // Where that is agreed to, what is kept says that it is cut.
    assert.deepEqual([await follower.remove(place(one)), jobs.states.has(one)], [[], false]);
    const kept: string[] = [];
    for await (const line of follower.report(place(one), new AbortController().signal)) kept.push(line);
    assert.deepEqual(kept.slice(0, -1), lines.slice(0, MOST_REPORT_LINES));
    assert.match(kept.at(-1) ?? '', /There were more lines/);
    assert.equal(follower.job(place(one))?.keptFor, undefined);
  });

  it('keeps a report whole that has just as many lines', async () => {
    const lines = Array.from({ length: MOST_REPORT_LINES }, (_, i) => JSON.stringify({ key: `k${i}`, text: 'hit' }));
    const found = jobState({ id: one, phase: 'done', counts: { matches: lines.length } });
    jobs.put(found);
    jobs.reports.set(one, lines);
    await follower.list();
    assert.deepEqual([await follower.removeEnded(found), jobs.states.has(one)], [[], false]);
  });

  it('follows a job of this window to its end without anybody looking, and tells that once', async () => {
    const ended: string[] = [];
    follower.onDidEnd(({ id, phase }) => ended.push(`${id} ${phase}`));
    jobs.put(jobState({ id: one }));
    await follower.follow(place(one), copyRequest);
    await timing.pass(2 * POLL_MS);
    assert.deepEqual(ended, []);
    jobs.turn(one, 'done');
    await timing.pass(POLL_MS);
    assert.deepEqual(ended, [`${one} done`]);
    await timing.pass(10 * POLL_MS);
    assert.equal(states().length, 4);
    assert.deepEqual(ended, [`${one} done`]);
  });

  describe('of which the account does not tell for a while', () => {
    const lost: string[] = [];
    const missing = jobState({ id: one, phase: 'unknown', request: undefined, startedAt: undefined });
    beforeEach(() => {
      lost.length = 0;
      follower.onDidLose(({ id }) => lost.push(id));
    });

    it('goes on looking for one of this window, and tells its end', async () => {
      const ended: string[] = [];
      follower.onDidEnd(({ id, phase }) => ended.push(`${id} ${phase}`));
      jobs.put(jobState({ id: one }));
      await follower.follow(place(one), copyRequest);
      const waited = follower.ended(place(one), new AbortController().signal);
      jobs.put(missing);
      await follower.list();
      await timing.pass(GONE_AFTER_MS / 2);
      assert.deepEqual([phaseOf(one), follower.job(place(one))?.state.request], ['running', copyRequest]);
      assert.match(String(follower.job(place(one))?.error), /does not tell of this job now/);
      jobs.put(jobState({ id: one }));
      await timing.pass(POLL_MS);
      assert.equal(follower.job(place(one))?.error, undefined);
      // Each time anew.
      jobs.put(missing);
      await timing.pass(GONE_AFTER_MS - POLL_MS);
      jobs.put(jobState({ id: one, phase: 'done' }));
      await timing.pass(POLL_MS);
      assert.deepEqual([(await waited).phase, ended, lost], ['done', [`${one} done`], []]);
    });

    it('looks after a reload too, and takes a young one for no leftover', async () => {
      jobs.put(missing);
      await follower.follow(place(one), undefined, Date.now() - 20_000);
      const state = follower.job(place(one))?.state;
      assert.ok(state && isBeingMade(state));
      assert.equal(jobsInBrief([state]), undefined);
      jobs.put(jobState({ id: one }));
      await timing.pass(2 * POLL_MS);
      assert.equal(phaseOf(one), 'running');
      assert.deepEqual(lost, []);
    });

    it('sees the end of one that a list has told of before it was followed', async () => {
      const ended: string[] = [];
      follower.onDidEnd(({ id }) => ended.push(id));
      jobs.put(jobState({ id: one, phase: 'done' }));
      await follower.list();
      assert.deepEqual(ended, []);
      await follower.follow(place(one), undefined, Date.now());
      assert.deepEqual(ended, [one]);
    });

    it('gives it up after some minutes, and says so once', async () => {
      jobs.put(jobState({ id: one }));
      await follower.follow(place(one), copyRequest);
      const waited = assert.rejects(follower.ended(place(one), new AbortController().signal), (error) =>
        isKvError(error, 'notFound'),
      );
      jobs.put(missing);
      await timing.pass(GONE_AFTER_MS + 2 * POLL_MS);
      await waited;
      const looks = states().length;
      await timing.pass(GONE_AFTER_MS);
      assert.deepEqual([lost, follower.isOwn(place(one)), states().length], [[one], false, looks]);
    });

    it('waits no longer for one that was removed by hand', async () => {
      jobs.put(jobState({ id: one }));
      await follower.follow(place(one), copyRequest);
      const waited = assert.rejects(follower.ended(place(one), new AbortController().signal), (error) =>
        isKvError(error, 'notFound'),
      );
      await follower.remove(place(one));
      await waited;
      assert.deepEqual(lost, [one]);
    });
  });

  it('goes on when a state cannot be asked for, and says that it is an old one', async () => {
    jobs.put(jobState({ id: one }));
    await follower.follow(place(one), copyRequest);
    jobs.error = new KvError('offline', 'no network');
    await timing.pass(POLL_MS);
    assert.equal(phaseOf(one), 'running');
    assert.ok(isKvError(follower.job(place(one))?.error, 'offline'));
    jobs.error = undefined;
    jobs.turn(one, 'verifying');
    await timing.pass(POLL_MS);
    assert.equal(phaseOf(one), 'verifying');
    assert.equal(follower.job(place(one))?.error, undefined);
  });

  it('finds jobs of other windows, and forgets those that were removed there', async () => {
    jobs.put(jobState({ id: two, phase: 'failed' }));
    assert.deepEqual(
      (await follower.list()).map(({ id }) => id),
      [two],
    );
    jobs.states.clear();
    jobs.put(jobState({ id: one }));
    await follower.list();
    assert.deepEqual(
      follower.jobs.map(({ state }) => state.id),
      [one],
    );
  });

  it('shows what an account refuses beside the jobs of the others', async () => {
    jobs.error = new KvError('forbidden', 'not allowed');
    assert.deepEqual(await follower.list(), []);
    assert.ok(isKvError(follower.accounts[0]?.error, 'forbidden'));
    jobs.error = undefined;
    await follower.list();
    assert.equal(follower.accounts[0]?.error, undefined);
  });

  it('forgets the jobs of an account that is signed out', async () => {
    jobs.put(jobState({ id: one }));
    await follower.list();
    accounts = [];
    follower.forgetAccounts();
    assert.deepEqual(follower.jobs, []);
    assert.deepEqual(follower.accounts, []);
  });

  it('shows at once what an action has made of a job', async () => {
    jobs.put(jobState({ id: one }));
    await follower.list();
    await follower.act(place(one), (account, signal) => account.pause(one, signal));
    assert.equal(phaseOf(one), 'paused');
  });

  it('looks at a job that it has cancelled until all of it has ended, without anybody looking', async () => {
    jobs.put(jobState({ id: one }));
    await follower.list();
    await follower.cancel(place(one));
    await timing.pass(3 * POLL_MS);
    assert.deepEqual([phaseOf(one), states().length], ['cancelling', 4]);
    jobs.turn(one, 'cancelled');
    await timing.pass(10 * POLL_MS);
    assert.deepEqual([phaseOf(one), states().length], ['cancelled', 5]);
  });

  it('keeps the report of a job that it removes, and the names of what could not be removed', async () => {
    jobs.put(jobState({ id: one, phase: 'done' }));
    jobs.reports.set(one, ['{"key":"a"}', '{"key":"b"}']);
    await follower.list();
    jobs.leftovers = [`${one}-part`];
    assert.deepEqual(await follower.remove(place(one)), [`${one}-part`]);
    assert.equal(follower.job(place(one))?.isRemoved, false);
    assert.deepEqual(follower.job(place(one))?.state.leftovers, [`${one}-part`]);
    jobs.leftovers = [];
    assert.deepEqual(await follower.remove(place(one)), []);
    assert.equal(follower.job(place(one))?.isRemoved, true);
    jobs.reports.clear();
    const lines: string[] = [];
    for await (const line of follower.report(place(one), new AbortController().signal)) lines.push(line);
    assert.deepEqual(lines, ['{"key":"a"}', '{"key":"b"}']);
    assert.equal(jobs.asked.filter((what) => what.startsWith('report')).length, 1);
  });

  describe('keeps what it knows of a job', () => {
    const ended = jobState({ id: one, phase: 'done', counts: { done: 9, failed: 1 } });
    const untold = jobState({ id: one, phase: 'unknown', request: undefined, leftovers: [one] });
    const reported = async (): Promise<readonly string[]> => {
      const lines: string[] = [];
      for await (const line of follower.report(place(one), new AbortController().signal)) lines.push(line);
      return lines;
    };
    beforeEach(async () => {
      jobs.put(ended);
      jobs.reports.set(one, ['{"key":"a"}']);
      await follower.follow(place(one));
    });

    it('that could not be removed whole, after which the account does not tell what it is', async () => {
      jobs.leftovers = [one];
      await follower.removeEnded(ended);
      jobs.reports.clear();
      jobs.put(untold);
      await follower.list();
      assert.deepEqual(await reported(), ['{"key":"a"}']);
      assert.deepEqual(follower.job(place(one))?.state, { ...ended, leftovers: [one] });
      jobs.states.delete(one);
      await follower.list();
      assert.deepEqual(await reported(), ['{"key":"a"}'], 'another window has removed what was left');
      assert.deepEqual([follower.job(place(one))?.isRemoved, follower.job(place(one))?.state], [true, ended]);
    });

    it('that was removed, and is in an old list still', async () => {
      await follower.removeEnded(ended);
      jobs.reports.clear();
      for (const listed of [untold, ended]) {
        jobs.put(listed);
        assert.deepEqual(await follower.list(), []);
        assert.deepEqual(await reported(), ['{"key":"a"}']);
        assert.deepEqual([follower.job(place(one))?.isRemoved, follower.job(place(one))?.state], [true, ended]);
      }
    });

    it('that was not removed because its report could not be read', async () => {
      jobs.reportError = new KvError('server', 'no report');
      await follower.removeEnded(ended);
      const { keptFor } = follower.job(place(one)) ?? {};
      assert.ok(keptFor);
      await follower.list();
      assert.equal(follower.job(place(one))?.keptFor, keptFor);
    });

    it('until it is started again', async () => {
      jobs.leftovers = [one];
      await follower.removeEnded(ended);
      jobs.turn(one, 'running');
      await follower.list();
      jobs.reports.set(one, ['{"key":"b"}']);
      assert.deepEqual(await reported(), ['{"key":"b"}']);
    });
  });

  it('waits for the end of a job, until it is gone or the wait is given up', async () => {
    const signal = new AbortController();
    for (const id of [one, two]) {
      jobs.put(jobState({ id }));
      await follower.follow(place(id), copyRequest);
    }
    const ended = follower.ended(place(one), signal.signal);
    const gone = assert.rejects(follower.ended(place(two), signal.signal), (error) => isKvError(error, 'notFound'));
    jobs.turn(one, 'failed');
    jobs.states.delete(two);
    await timing.pass(3 * POLL_MS);
    assert.equal((await ended).phase, 'failed');
    await gone;
    jobs.turn(one, 'running');
    await follower.ask(place(one));
    const given = assert.rejects(follower.ended(place(one), signal.signal), (error) => isKvError(error, 'cancelled'));
    signal.abort();
    await given;
    await settle();
  });
});
