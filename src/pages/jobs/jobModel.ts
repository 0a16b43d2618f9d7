import * as l10n from '@vscode/l10n';
import { isKvError } from '../../core/base/errors.ts';
import { assumedLatencies, usefulSpeeds } from '../../core/cost/inside.ts';
import { keyCount } from '../../core/store/names.ts';
import { countText } from '../../core/text/countText.ts';
import { isBeingMade, type JobState, jobSpeeds } from '../../inside/job.ts';
import { price } from '../../ui/aboutAmounts.ts';
import type { Action, Choice, Note, PageModel, PageTexts, Progress, Section } from '../shared/model.ts';
import { actionId, placeText } from './jobActions.ts';
import { failuresTable, numbersTable } from './jobTables.ts';
import {
  differencesText,
  hasEnded,
  isUnderWay,
  jobHeading,
  mayPause,
  partDone,
  phaseText,
  progressText,
} from './jobTexts.ts';

/** A job as this window knows it. */
export interface ShownJob {
  readonly state: JobState;
  /** Whether it was removed from the account completely. Only this window still knows it. */
  readonly isRemoved: boolean;
  /** Sentences that say why it was not removed at its end. */
  readonly keptFor?: string;
  /** Why its state is outdated. */
  readonly error?: unknown;
}

/** An account whose jobs are shown. */
export interface ShownAccount {
  readonly id: string;
  readonly name: string;
  /** Why its jobs could not be listed. */
  readonly error?: unknown;
}

export interface JobsView {
  readonly language: string;
  readonly texts: PageTexts;
  readonly isReading: boolean;
  readonly accounts: readonly ShownAccount[];
  readonly jobs: readonly ShownJob[];
}

/** The whole page in its current state. */
export function jobsModel(view: JobsView): PageModel {
  const { language, texts, isReading, accounts, jobs } = view;
  const nameOf = (id: string): string => accounts.find((account) => account.id === id)?.name ?? id.slice(0, 8);
  return {
    title: l10n.t('Jobs inside Cloudflare'),
    language,
    texts,
    memory: {},
    choices: [],
    ...(isReading && { busy: l10n.t('Looking for jobs…') }),
    notes: [
      ...accounts.flatMap((account) => (account.error === undefined ? [] : [accountError(account)])),
      pageNote(view),
    ],
    sections: inOrder(jobs).map((job) => sectionOf(job, nameOf(job.state.account), language)),
  };
}

/** Running jobs first, then newest first. */
const inOrder = (jobs: readonly ShownJob[]): readonly ShownJob[] =>
  jobs.toSorted(
    (a, b) =>
      Number(hasEnded(a.state)) - Number(hasEnded(b.state)) || (b.state.startedAt ?? 0) - (a.state.startedAt ?? 0),
  );

function pageNote({ jobs, isReading, accounts }: JobsView): Note {
  const text =
    accounts.length === 0
      ? l10n.t('Jobs run in an account. Sign in to see those of yours.')
      : jobs.length > 0
        ? l10n.t('Jobs go on with this window closed, and every window of the account shows them.')
        : isReading
          ? ''
          : l10n.t('There are no jobs. Copies, exports, searches and large deletes can run inside Cloudflare.');
  const actions: Action[] =
    accounts.length === 0
      ? [{ id: actionId('signIn'), label: l10n.t('Sign In…') }]
      : [
          { id: actionId('new'), label: l10n.t('New Job…') },
          { id: actionId('again'), label: l10n.t('Refresh') },
          { id: actionId('cleanUp'), label: l10n.t('Clean Up Jobs…') },
        ];
  return { kind: 'info', text, actions };
}

const accountError = ({ name, error }: ShownAccount): Note => ({
  kind: 'error',
  text: l10n.t('The jobs of {0} could not be listed: {1}', name, reasonOf(error)),
  actions: [
    { id: actionId('again'), label: l10n.t('Try Again') },
    ...(isKvError(error, 'forbidden') || isKvError(error, 'unauthenticated')
      ? [{ id: actionId('signIn'), label: l10n.t('Sign In…') }]
      : []),
    { id: actionId('log'), label: l10n.t('Show Log') },
  ],
});

const reasonOf = (error: unknown): string =>
  isKvError(error) ? error.message : l10n.t('An unexpected problem came up. The log has more.');

function sectionOf(job: ShownJob, account: string, language: string): Section {
  const { state } = job;
  return {
    heading: l10n.t('{0} ({1})', jobHeading(state), account),
    progress: progressOf(state),
    notes: [stateNote(job, language), ...remarks(job)],
    choices: canGoOn(state) ? [speedOf(state)] : [],
    pictures: [
      numbersTable(state),
      ...(state.failures.length > 0 || state.counts.failed > 0 ? [failuresTable(state)] : []),
    ],
  };
}

/** Whether it has parts that run or will run. */
const canGoOn = (state: JobState): boolean =>
  (isUnderWay(state) && state.phase !== 'cancelling') || state.phase === 'paused';

function progressOf(state: JobState): Progress | undefined {
  const text = progressText(state);
  if (text === undefined) return undefined;
  const part = partDone(state);
  return { text, ...(part !== undefined && { part }) };
}

function stateNote({ state, isRemoved }: ShownJob, language: string): Note {
  const { startedAt, endedAt } = state;
  const at = (time: number): string =>
    new Date(time).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
  const text = [
    isBeingMade(state)
      ? l10n.t('It was made a moment ago: perhaps another window is starting it.')
      : phaseText(state.phase),
    ...(startedAt === undefined ? [] : [l10n.t('Started {0}.', at(startedAt))]),
    ...(endedAt === undefined ? [] : [l10n.t('Ended {0}.', at(endedAt))]),
    ...(hasEnded(state) ? [l10n.t('It cost about {0}.', price(state.costSoFar))] : []),
    ...(isRemoved ? [l10n.t('Nothing of it is left in the account.')] : []),
  ].join(' ');
  return { kind: 'info', text, actions: actionsOf(state, isRemoved) };
}

function actionsOf(state: JobState, isRemoved: boolean): Action[] {
  const { phase, request } = state;
  const action = (what: Parameters<typeof actionId>[0], label: string): Action => ({
    id: actionId(what, state),
    label,
  });
  const mayCancel = isUnderWay(state) && phase !== 'cancelling';
  return [
    ...(mayPause(state) ? [action('pause', l10n.t('Pause'))] : []),
    ...(phase === 'paused' ? [action('resume', l10n.t('Resume'))] : []),
    ...(mayCancel || phase === 'paused' ? [action('cancel', l10n.t('Cancel…'))] : []),
    ...(phase === 'failed' && !isRemoved ? [action('restart', l10n.t('Restart Failed Parts'))] : []),
    ...(phase === 'unknown' ? [] : [action('report', l10n.t('Show Report'))]),
    ...(hasEnded(state) && request?.job === 'copy' && !request.verify
      ? [action('compare', l10n.t('Compare and Mend…'))]
      : []),
    // If cancelling did not end all of it, removing it does.
    ...((hasEnded(state) || (phase === 'unknown' && !isBeingMade(state)) || phase === 'cancelling') && !isRemoved
      ? [action('remove', l10n.t('Remove'))]
      : []),
  ];
}

function remarks({ state, isRemoved, keptFor, error }: ShownJob): Note[] {
  const { slowedBy, differences, leftovers, counts } = state;
  const notes: (Note | undefined)[] = [
    error === undefined
      ? undefined
      : { kind: 'warning', text: l10n.t('This is not the newest state: {0}', reasonOf(error)) },
    slowedBy === undefined ? undefined : { kind: 'warning', text: slowedText(slowedBy, state.partsAtOnce) },
    counts.failed > 0
      ? { kind: 'warning', text: l10n.t('{0} failed. The report names them all.', keyCount(counts.failed)) }
      : undefined,
    differences && { kind: differences.left > 0 ? 'warning' : 'info', text: differencesText(differences) },
    keptFor === undefined ? undefined : { kind: 'warning', text: keptFor },
    leftovers.length > 0 && !isRemoved && keptFor === undefined
      ? {
          kind: 'warning',
          text: l10n.t('This could not be removed from the account: {0}.', leftovers.join(', ')),
          actions: [{ id: actionId('remove', state), label: l10n.t('Remove Again') }],
        }
      : undefined,
  ];
  return notes.filter((note) => note !== undefined);
}

function slowedText(by: NonNullable<JobState['slowedBy']>, partsAtOnce: number): string {
  switch (by) {
    case 'throttled':
      return l10n.t('Cloudflare asked for fewer requests: {0} parts run at once now.', partsAtOnce);
    case 'subrequests':
      return l10n.t('The account allows fewer calls to a part than documented: parts are smaller now.');
    case 'connections':
      return l10n.t('Calls waited for connections: each part makes fewer at once now.');
  }
}

/** The choice of a job's speed, limited to speeds that make a difference. */
function speedOf(state: JobState): Choice {
  const { request, latencies } = state;
  const { read, write, list } = assumedLatencies;
  // `measured` is in milliseconds, and 0 or `undefined` before the first such operation.
  const seconds = (measured: number | undefined, assumed: number): number => (measured ? measured / 1000 : assumed);
  const useful = usefulSpeeds(jobSpeeds, request ?? { job: 'copy' }, {
    read: seconds(latencies?.read, read),
    write: seconds(latencies?.write, write),
    list: seconds(latencies?.list, list),
  });
  const speeds = [...new Set<number>([...useful, state.partsAtOnce])].sort((a, b) => a - b);
  return {
    id: `speed:${placeText(state)}`,
    label: l10n.t('Parts at once'),
    isLabelled: true,
    options: speeds.map((speed) => ({ id: String(speed), label: countText(speed) })),
    chosen: String(state.partsAtOnce),
  };
}
