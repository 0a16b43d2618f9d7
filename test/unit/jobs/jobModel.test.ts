import assert from 'node:assert/strict';
import { KvError } from '../../../src/core/base/errors.ts';
import type { JobPhase, JobState } from '../../../src/inside/job.ts';
import { actionId, actionOf, placeOf, placeText } from '../../../src/pages/jobs/jobActions.ts';
import { type JobsView, jobsModel } from '../../../src/pages/jobs/jobModel.ts';
import { jobHeading, jobsInBrief } from '../../../src/pages/jobs/jobTexts.ts';
import { isOffered } from '../../../src/pages/shared/messages.ts';
import type { Section } from '../../../src/pages/shared/model.ts';
import { copyRequest, jobState } from '../../support/memoryJobs.ts';

const texts = { showTable: '', copyPicture: '', savePicture: '', saveTable: '', keys: '' };
const view = (jobs: readonly JobState[], more: Partial<JobsView> = {}): JobsView => ({
  language: 'en',
  texts,
  isReading: false,
  accounts: [{ id: 'acme', name: 'Acme Inc' }],
  jobs: jobs.map((state) => ({ state, isRemoved: false })),
  ...more,
});
const sectionOf = (state: JobState): Section => {
  const [section] = jobsModel(view([state])).sections;
  assert.ok(section);
  return section;
};
const actionsOf = (state: JobState): readonly string[] =>
  (sectionOf(state).notes ?? []).flatMap(({ actions = [] }) => actions.map(({ id }) => actionOf(id).what ?? ''));
const said = ({ notes = [] }: Section): string => notes.map(({ text }) => text).join('\n');

describe('the page of jobs', () => {
  it('calls each job by what it does, where, and in which account', () => {
    const from = { id: 'a', title: 'sessions' };
    const rest = { from, verify: false, partsAtOnce: 50 } as const;
    const to = { id: 'b', title: 'cache' };
    const headings = (
      [
        { ...rest, job: 'copy', to, mode: 'all' },
        { ...rest, job: 'copy', to, mode: 'missing', prefix: 'user:' },
        { ...rest, job: 'copy', to, mode: 'equal' },
        { ...rest, job: 'export', bucket: 'backups' },
        { ...rest, job: 'search', query: { text: 'anna' } },
        { ...rest, job: 'search', query: { regex: 'a.*b' } },
        { ...rest, job: 'delete', keys: ['a', 'b'] },
        undefined,
      ] as const
    ).map((request) => jobHeading({ id: 'x', request }));
    assert.deepEqual(headings, [
      'Copy of sessions to cache',
      'Copy of what is missing in cache from keys that begin with “user:” of sessions',
      'Making cache equal to sessions',
      'Export of sessions to the bucket backups',
      'Search for “anna” in sessions',
      'Search for /a.*b/ in sessions',
      'Deletion from 2 keys of sessions',
      'A job that does not tell what it is (x)',
    ]);
    assert.equal(sectionOf(jobState()).heading, 'Copy of sessions to cache (Acme Inc)');
  });

  it('says how far a job is: keys, rate, time and cost left', () => {
    const counts = { listed: 10_000_000, allListed: true, done: 4_000_000, gone: 200_000, bytes: 3.2 * 1024 ** 3 };
    const state = jobState({ counts, rate: 3900.4, secondsLeft: 1440, costSoFar: 2.3, costLeft: 3.2 });
    assert.deepEqual(sectionOf(state).progress, {
      text: '4,200,000 of 10,000,000 keys · 3.2 GB · 3,900/s · about 24 min left · $2.30 so far, about $3.20 left',
      part: 0.42,
    });
    const early = jobState({ counts: { listed: 5000, done: 10 }, costSoFar: 0.001 });
    assert.deepEqual(sectionOf(early).progress, { text: '10 of 5,000 keys listed so far · under $0.01 so far' });
    assert.equal(sectionOf(jobState({ phase: 'done' })).progress, undefined);
  });

  it('offers in each phase what can be done then', () => {
    const offered = (phase: JobPhase): string => actionsOf(jobState({ phase })).join(' ');
    assert.equal(offered('probing'), 'pause cancel report');
    assert.equal(offered('running'), 'pause cancel report');
    assert.equal(offered('pausing'), 'cancel report');
    assert.equal(offered('paused'), 'resume cancel report');
    assert.equal(offered('waitingToVerify'), 'pause cancel report');
    assert.equal(offered('verifying'), 'pause cancel report');
    assert.equal(offered('cancelling'), 'report remove');
    assert.equal(offered('cancelled'), 'report compare remove');
    assert.equal(offered('failed'), 'restart report compare remove');
    assert.equal(offered('done'), 'report compare remove');
    assert.equal(offered('unknown'), 'remove');
    // Another window may be making it.
    const young = jobState({ phase: 'unknown', startedAt: Date.now() - 60_000 });
    assert.deepEqual(actionsOf(young), []);
    assert.match(said(sectionOf(young)), /perhaps another window is starting it/);
    assert.deepEqual(actionsOf({ ...young, leftovers: ['cloudflare-kv-job-1'] }), ['remove', 'remove']);
    const verified = { ...copyRequest, verify: true };
    assert.deepEqual(actionsOf(jobState({ phase: 'done', request: verified })), ['report', 'remove']);
    const [removed] = jobsModel({
      ...view([]),
      jobs: [{ state: jobState({ phase: 'failed' }), isRemoved: true }],
    }).sections;
    assert.deepEqual(
      removed?.notes?.[0]?.actions?.map(({ id }) => actionOf(id).what),
      ['report', 'compare'],
    );
    assert.match(removed?.notes?.[0]?.text ?? '', /Nothing of it is left in the account/);
  });

  it('has the speed to choose as long as there are parts to run', () => {
    const [speed] = sectionOf(jobState({ partsAtOnce: 25 })).choices ?? [];
    assert.deepEqual(
      speed?.options.map(({ id }) => id),
      ['20', '25', '50', '200'],
    );
    assert.equal(speed?.chosen, '25');
    assert.deepEqual(sectionOf(jobState({ phase: 'done' })).choices, []);
    const slow = sectionOf(jobState({ latencies: { read: 50, write: 1000, list: 250 } })).choices?.[0];
    assert.ok(slow?.options.some(({ id }) => id === '800'));
    const model = jobsModel(view([jobState()]));
    const choice = model.sections[0]?.choices?.[0]?.id ?? '';
    assert.ok(isOffered({ type: 'choose', choice, option: '200' }, model));
    assert.ok(!isOffered({ type: 'choose', choice, option: '5000' }, model));
  });

  it('tells what went otherwise: errors by key, a lowered speed, differences, leftovers', () => {
    const failures = [{ key: 'user:1', message: 'too large' }];
    const section = sectionOf(
      jobState({
        counts: { failed: 3 },
        failures,
        slowedBy: 'throttled',
        partsAtOnce: 50,
        differences: { found: 5, mended: 4, left: 1 },
        leftovers: ['cloudflare-kv-job-1-part'],
      }),
    );
    assert.match(said(section), /3 keys failed/);
    assert.match(said(section), /asked for fewer requests: 50 parts/);
    assert.match(said(section), /5 keys differed, 4 were mended, 1 differ still/);
    assert.match(said(section), /could not be removed from the account: cloudflare-kv-job-1-part/);
    const table = section.pictures.find(({ id }) => id.startsWith('failures'));
    assert.equal(table?.title, 'Keys that failed: the first 1 of 3');
    assert.deepEqual(table?.table.rows, [['user:1', 'too large']]);
  });

  it('adds up what became of the keys, as a job of its kind has it', () => {
    const counts = { listed: 10, allListed: true, done: 6, expiring: 1, gone: 1, present: 2 };
    const [numbers] = sectionOf(jobState({ counts, request: { ...copyRequest, mode: 'missing' } })).pictures;
    assert.deepEqual(numbers?.table.rows, [
      ['Keys found', 10],
      ['Keys written', 6],
      ['Left out, because they expire within a minute', 1],
      ['Deleted or expired meanwhile', 1],
      ['In the target already', 2],
      ['Failed', 0],
      ['Parts done', '0 of 0'],
    ]);
  });

  it('tells in the status bar how far jobs are', () => {
    const counts = { listed: 10_000_000, allListed: true, done: 4_000_000 };
    assert.equal(jobsInBrief([jobState({ counts })]), '$(cloud) 4,000,000 of 10,000,000 keys');
    assert.equal(
      jobsInBrief([jobState({ phase: 'paused', counts: { listed: 5 } })]),
      '$(debug-pause) 0 of 5 keys listed so far',
    );
    assert.equal(jobsInBrief([jobState(), jobState({ id: 'other' })]), '$(cloud) 2 jobs inside Cloudflare');
    assert.equal(jobsInBrief([jobState({ phase: 'done' })]), undefined);
  });

  it('tells a search by its matches, and a comparison by what it compared', () => {
    const rows = (state: JobState) => sectionOf(state).pictures[0]?.table.rows.map(([label]) => label);
    const search = { ...copyRequest, job: 'search', query: { text: 'x' } } as const;
    assert.ok(rows(jobState({ request: search, counts: { matches: 3, bytes: 10 } }))?.includes('Lines that match'));
    const request = { ...copyRequest, comparesOnly: true };
    const compared = rows(jobState({ request, counts: { present: 3 } })) ?? [];
    assert.deepEqual([compared.includes('Keys compared'), compared.includes('Keys written')], [true, false]);
    assert.equal(jobHeading({ id: 'x', request }), 'Comparison of sessions with cache');
  });

  it('has what goes on first, and says what there is when there is nothing', () => {
    const sections = jobsModel(
      view([
        jobState({ id: 'old', phase: 'done', startedAt: 3 }),
        jobState({ id: 'first', startedAt: 1 }),
        jobState({ id: 'second', startedAt: 2 }),
      ]),
    ).sections.map(({ pictures }) => pictures[0]?.id);
    assert.deepEqual(sections, ['numbers-second', 'numbers-first', 'numbers-old']);
    assert.match(jobsModel(view([])).notes[0]?.text ?? '', /There are no jobs/);
    const signedOut = jobsModel(view([], { accounts: [] })).notes[0];
    assert.match(signedOut?.text ?? '', /Sign in/);
    const error = new KvError('forbidden', 'It needs the permission X.');
    const [refused] = jobsModel(view([], { accounts: [{ id: 'acme', name: 'Acme Inc', error }] })).notes;
    assert.equal(refused?.text, 'The jobs of Acme Inc could not be listed: It needs the permission X.');
    assert.ok(refused?.actions?.some(({ id }) => actionOf(id).what === 'signIn'));
  });

  it('finds its buttons again', () => {
    const place = { account: 'acme', id: 'cloudflare-kv-job-1' };
    assert.deepEqual(placeOf(placeText(place)), place);
    assert.deepEqual(actionOf(actionId('pause', place)), { what: 'pause', job: place });
    assert.equal(actionOf('quit:acme/x').what, undefined);
  });
});
