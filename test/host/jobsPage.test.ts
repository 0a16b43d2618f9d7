import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { KvError } from '../../src/core/base/errors.ts';
import { Emitter } from '../../src/core/base/event.ts';
import type { ProtectionChange } from '../../src/core/store/protection.ts';
import { commandId, ownJobsKey } from '../../src/ids.ts';
import type { JobState } from '../../src/inside/job.ts';
import { followJob, followOwnJobs } from '../../src/pages/jobs/follower.ts';
import { actionId, placeText } from '../../src/pages/jobs/jobActions.ts';
import { openJobs } from '../../src/pages/jobs/jobsPage.ts';
import { Pages } from '../../src/pages/pages.ts';
import type { PageModel } from '../../src/pages/shared/model.ts';
import type { Services } from '../../src/services.ts';
import { MOST_LINES } from '../../src/ui/reports.ts';
import { eventually } from '../support/eventually.ts';
import { copyRequest, jobState, MemoryJobs } from '../support/memoryJobs.ts';
import { type FakePanel, FakePanels } from './fakePanels.ts';
import { stub } from './stub.ts';
import { extension } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

const place = { account: 'acme', id: 'cloudflare-kv-job-1' } as const;

describe('the buttons of the page of jobs', () => {
  let jobs: MemoryJobs;
  let panels: FakePanels;
  let spy: WindowSpy;
  let services: Services;
  let memory: Map<string, unknown>;
  let readOnly: string | undefined;
  let switched: Emitter<ProtectionChange>;
  let lines: string[];
  const written: string[] = [];

  beforeEach(() => {
    [jobs, panels, spy] = [new MemoryJobs(), new FakePanels(), new WindowSpy()];
    [memory, readOnly, lines, switched] = [new Map(), undefined, [], new Emitter()];
    written.length = 0;
    services = {
      jobs: async () => jobs,
      accounts: {
        accounts: [{ id: place.account, name: 'Acme Inc', isShown: true }],
        onDidChange: new Emitter<void>().event,
        namespaceChanged: (_: string, id: string) => written.push(id),
      },
      pages: new Pages(() => false),
      protection: { onDidChange: switched.event },
      memory: {
        get: (key: string, otherwise: unknown) => memory.get(key) ?? otherwise,
        update: async (key: string, value: unknown) => void memory.set(key, value),
      },
      sources: {
        readOnlyReason: () => readOnly,
        describe: async () => {
          throw new Error('unknown');
        },
      },
      reports: {
        open: async () => ({
          add: (added: readonly { readonly text: string }[]) => lines.push(...added.map(({ text }) => text)),
          setHeading: () => {},
        }),
      },
      log: { error: () => {}, debug: () => {}, show: () => {} },
      extensionUri: extension().extensionUri,
    } as unknown as Services;
  });
  afterEach(() => {
    services.pages.dispose();
    panels.restore();
    spy.restore();
  });

  const opened = async (state: Partial<JobState>): Promise<FakePanel> => {
    jobs.put(jobState({ ...place, ...state, counts: { failed: 1 } }));
    await openJobs(services);
    const panel = panels.panels.at(-1);
    assert.ok(panel);
    panel.say({ type: 'ready' });
    return panel;
  };
  /** The jobs of this window, without the time of their start. */
  const remembered = () =>
    (memory.get(ownJobsKey) as Readonly<Record<string, unknown>>[] | undefined)?.map(({ startedAt, ...job }) => job);
  const press = (panel: FakePanel, what: Parameters<typeof actionId>[0]): void =>
    panel.say({ type: 'act', action: actionId(what, place) });
  const asks = (what: string, more = ''): Promise<void> =>
    eventually(() => assert.ok(jobs.asked.includes(`${what} ${place.id}${more}`), jobs.asked.join()));
  const shown = (panel: FakePanel): PageModel => {
    const model = panel.shown.at(-1);
    assert.ok(model);
    return model;
  };
  const says = (panel: FakePanel, text: RegExp): Promise<void> =>
    eventually(() => assert.match(JSON.stringify(shown(panel)), text));

  it('pause, resume and set the speed, and the page shows it at once', async () => {
    const panel = await opened({});
    press(panel, 'pause');
    await asks('pause');
    await says(panel, /It is paused/);
    press(panel, 'resume');
    await asks('resume');
    await says(panel, /It runs/);
    panel.say({ type: 'choose', choice: `speed:${placeText(place)}`, option: '50' });
    await asks('speed', ' 50');
    await eventually(() => assert.equal(shown(panel).sections[0]?.choices?.[0]?.chosen, '50'));
  });

  it('cancel when that is agreed to', async () => {
    const panel = await opened({});
    press(panel, 'cancel');
    await eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', /^Cancel this job/));
    assert.ok(!jobs.asked.some((what) => what.startsWith('cancel')));
    spy.answer = () => 'Cancel the Job';
    press(panel, 'cancel');
    await asks('cancel');
    await says(panel, /being cancelled/);
    // What could not be ended can be removed still.
    spy.answer = () => 'Remove the Job';
    press(panel, 'remove');
    await asks('remove');
  });

  it('start failed parts again, show the report and remove', async () => {
    const panel = await opened({ phase: 'failed' });
    jobs.reports.set(place.id, [
      JSON.stringify({ kind: 'failed', key: 'user:1', message: 'too large' }),
      JSON.stringify({ kind: 'failed', message: 'for all' }),
    ]);
    press(panel, 'report');
    await eventually(() => assert.deepEqual(lines, ['user:1: too large', 'for all']));
    press(panel, 'restart');
    await asks('restart');
    await says(panel, /It runs/);
    assert.deepEqual(remembered(), [{ ...place, isTold: true }]);
    jobs.turn(place.id, 'done');
    await openJobs(services);
    // It was started again from here: its end is told, and it is removed.
    await asks('remove');
    await says(panel, /Nothing of it is left/);
  });

  it('write to nothing that is read-only now', async () => {
    readOnly = 'It is read-only.';
    press(await opened({ phase: 'failed' }), 'restart');
    await eventually(() => assert.equal(spy.asked.at(-1)?.text, readOnly));
    jobs.turn(place.id, 'paused');
    await openJobs(services);
    const panel = panels.panels.at(-1);
    assert.ok(panel);
    await says(panel, /It is paused/);
    press(panel, 'resume');
    await eventually(() => assert.equal(spy.asked.filter(({ text }) => text === readOnly).length, 2));
    assert.ok(!jobs.asked.some((what) => /^(?:restart|resume)/.test(what)));
  });

  describe('are pressed by themselves where a job writes to what is read-only now', () => {
    const target = { source: `account-${place.account}`, id: copyRequest.to?.id ?? '' };
    const told = () => spy.asked.filter(({ text }) => text.includes('inside Cloudflare')).map(({ text }) => text);
    const pauses = () => jobs.asked.filter((what) => what.startsWith('pause')).length;
    const protect = (change: ProtectionChange = target): void => {
      readOnly = 'It is read-only.';
      switched.fire(change);
    };

    it('whichever window has started it', async () => {
      const panel = await opened({});
      protect({ ...target, id: 'other' });
      protect('accounts');
      assert.equal(pauses(), 0);
      protect();
      await says(panel, /It is paused/);
      await eventually(() =>
        assert.deepEqual(told(), ['A job inside Cloudflare was paused: Copy of sessions to cache. It is read-only.']),
      );
      switched.fire(target);
      assert.equal(pauses(), 1);
    });

    it('whoever has switched it, and again where somebody resumes it, for a job of this window', async () => {
      jobs.put(jobState({ ...place }));
      await followJob(place, { request: copyRequest, isTold: true }, services);
      readOnly = 'It is read-only.';
      await openJobs(services);
      await asks('pause');
      await eventually(() => assert.equal(told().length, 1));
      await openJobs(services);
      jobs.turn(place.id, 'running');
      await openJobs(services);
      await eventually(() => assert.deepEqual([pauses(), told().length], [2, 2]));
    });

    it('also by a setting, for one of this window alone, and says what stands in the way', async () => {
      jobs.put(jobState({ ...place }));
      await followJob(place, { request: { ...copyRequest }, isTold: true }, services);
      jobs.error = new KvError('offline', 'No network.');
      protect('accounts');
      await eventually(() =>
        assert.deepEqual(told(), [
          'A job inside Cloudflare writes to what is read-only now: Copy of sessions to cache. No network.',
        ]),
      );
      jobs.error = undefined;
      await openJobs(services);
      await eventually(() => assert.equal(jobs.states.get(place.id)?.phase, 'paused'));
      await eventually(() => assert.match(told()[1] ?? '', /was paused/));
      assert.equal(told().length, 2);
    });

    it('but not what only reads it, or is being ended', async () => {
      const { to: _, mode: __, ...request } = copyRequest;
      await opened({ request: { ...request, job: 'search', query: { text: 'x' } } });
      protect({ ...target, id: request.from.id });
      jobs.put(jobState({ ...place, phase: 'cancelling' }));
      await openJobs(services);
      protect();
      assert.deepEqual([pauses(), told()], [0, []]);
    });
  });

  it('offer the comparison that a copy went without, of all that differs', async () => {
    const panel = await opened({ phase: 'done' });
    const called: unknown[][] = [];
    stub(vscode.commands, 'executeCommand', async (...args: unknown[]) => void called.push(args));
    press(panel, 'compare');
    await eventually(() => assert.equal(called.length, 1));
    const [[command, , text] = []] = called;
    assert.equal(command, commandId('runInside'));
    const { mode, comparesOnly, selection, to } = JSON.parse(String(text));
    assert.deepEqual([mode, comparesOnly, selection], ['all', true, { keys: [], prefixes: [''] }]);
    assert.equal(to.id, copyRequest.to?.id);
  });

  it('are not needed after a reload: a job that was started here is followed, told and removed', async () => {
    memory.set(ownJobsKey, [{ ...place, isTold: true }]);
    jobs.put(jobState({ ...place, phase: 'done', counts: { done: 7 } }));
    await followOwnJobs(services);
    await eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', /^Copied 7 keys to cache inside Cloudflare\.$/));
    assert.deepEqual([jobs.states.size, memory.get(ownJobsKey), written], [0, undefined, [copyRequest.to?.id]]);
  });

  it('are not needed after a reload, though the page has told of the end before', async () => {
    memory.set(ownJobsKey, [{ ...place, isTold: true }]);
    await opened({ phase: 'done' });
    await followOwnJobs(services);
    await eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', /^Copied 0 keys to cache/));
    assert.deepEqual([jobs.states.size, memory.get(ownJobsKey)], [0, undefined]);
  });

  for (const what of ['report', 'removed'] as const) {
    const when = { report: 'while the report of an ended job is read', removed: 'while an ended job is removed' }[what];
    it(`are not needed after a reload ${when}`, async () => {
      memory.set(ownJobsKey, [{ ...place, isTold: true }]);
      jobs.put(jobState({ ...place, phase: 'done', counts: { done: 7, failed: 1 } }));
      jobs.holds[what] = new Promise(() => {});
      await followOwnJobs(services);
      await asks(what === 'report' ? 'report' : 'remove');
      assert.equal(spy.asked.length, 0);
      assert.deepEqual(
        remembered()?.map(({ ended, ...job }) => job),
        [{ ...place, isTold: true }],
      );
      services.pages.dispose();
      jobs.holds[what] = undefined;
      const reloaded = { ...services, pages: new Pages(() => false) };
      try {
        await followOwnJobs(reloaded);
        await eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', /^Copied 7 keys to cache.* 1 failed\.$/));
        assert.deepEqual([jobs.states.size, memory.get(ownJobsKey)], [0, undefined]);
      } finally {
        reloaded.pages.dispose();
      }
    });
  }

  it('ask before a report goes with the job that cannot be kept', async () => {
    const panel = await opened({ phase: 'done' });
    jobs.reportError = new KvError('server', 'It broke.');
    press(panel, 'remove');
    await eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', /^Remove this job and its report/));
    assert.match(spy.asked.at(-1)?.detail ?? '', /could not be read: It broke\..*Nothing else names the keys/);
    assert.ok(!jobs.asked.some((asked) => asked.startsWith('remove')));
    spy.answer = () => 'Remove the Job and Its Report';
    press(panel, 'remove');
    await asks('remove');
    await says(panel, /Nothing of it is left/);
  });

  it('are named where a job is kept for its report', async () => {
    jobs.put(jobState({ ...place }));
    await followJob(place, { request: copyRequest, isTold: true }, services);
    jobs.reportError = new KvError('server', 'It broke.');
    jobs.turn(place.id, 'done', { counts: { ...jobState().counts, failed: 1 } });
    await openJobs(services);
    const panel = panels.panels.at(-1);
    panel?.say({ type: 'ready' });
    await eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', /1 failed\. The report .* stays in the account/));
    assert.ok(panel);
    await says(panel, /It broke.*stays in the account/);
    assert.deepEqual([jobs.states.size, memory.get(ownJobsKey)], [1, undefined]);
  });

  it('offer to save a report of which a document shows only the beginning', async () => {
    const panel = await opened({ phase: 'done' });
    const long = Array.from({ length: MOST_LINES + 1 }, (_, i) => JSON.stringify({ key: `k${i}`, text: 'x' }));
    jobs.reports.set(place.id, long);
    const to = vscode.Uri.file(join(tmpdir(), `${place.id}-${process.pid}.ndjson`));
    spy.answer = ({ how }) => (how === 'showSaveDialog' ? to : 'Save All Lines…');
    try {
      press(panel, 'report');
      await eventually(async () => {
        const saved = Buffer.from(await vscode.workspace.fs.readFile(to)).toString();
        assert.equal(saved, long.map((line) => `${line}\n`).join(''));
      });
    } finally {
      await vscode.workspace.fs.delete(to).then(undefined, () => {});
    }
  });

  it('are not needed after a reload, though the account does not tell of the job yet', async () => {
    const [started, untold] = [jobState({ ...place }), jobState({ ...place, phase: 'unknown', request: undefined })];
    jobs.put(started);
    await followJob(place, { request: copyRequest, isTold: true }, services);
    jobs.put(untold);
    const reloaded = { ...services, pages: new Pages(() => false) };
    try {
      await followOwnJobs(reloaded);
      assert.deepEqual(remembered(), [{ ...place, isTold: true }]);
      jobs.turn(place.id, 'done', { request: copyRequest });
      // The next look.
      await openJobs(reloaded);
      await eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', /^Copied 0 keys to cache/));
      await eventually(() => assert.deepEqual([jobs.states.size, memory.get(ownJobsKey)], [0, undefined]));
    } finally {
      reloaded.pages.dispose();
    }
  });
});
