import * as l10n from '@vscode/l10n';
import { byteSize, keyCount, shortText } from '../../core/store/names.ts';
import type { Selection } from '../../core/store/selection.ts';
import { countText } from '../../core/text/countText.ts';
import { selectionName } from '../../core/transfer/selectionName.ts';
import type { JobKind, JobPhase, JobRequest, JobState } from '../../inside/job.ts';
import { price, roughTime } from '../../ui/aboutAmounts.ts';

/** The keys that a job is about. */
export const selectionOfJob = ({ keys, prefix = '' }: Pick<JobRequest, 'keys' | 'prefix'>): Selection =>
  keys ? { keys, prefixes: [] } : { keys: [], prefixes: [prefix] };

/** What a job does, for its heading: "Copy of sessions to sessions-staging". */
export function jobHeading({ id, request }: Pick<JobState, 'id' | 'request'>): string {
  if (!request) return l10n.t('A job that does not tell what it is ({0})', id);
  const from = selectionName(selectionOfJob(request), shortText(request.from.title));
  const to = shortText(request.to?.title ?? '');
  switch (request.job) {
    case 'copy':
      if (request.comparesOnly) return l10n.t('Comparison of {0} with {1}', from, to);
      switch (request.mode ?? 'all') {
        case 'all':
          return l10n.t('Copy of {0} to {1}', from, to);
        case 'missing':
          return l10n.t('Copy of what is missing in {1} from {0}', from, to);
        case 'equal':
          return l10n.t('Making {1} equal to {0}', from, to);
      }
      break;
    case 'export':
      return l10n.t('Export of {0} to the bucket {1}', from, request.bucket ?? '');
    case 'search':
      return l10n.t('Search for {0} in {1}', patternText(request.query), from);
    case 'delete':
      return l10n.t('Deletion from {0}', from);
  }
}

/** The pattern as the user types it: “text” or /expression/. */
export const patternText = (query: JobRequest['query']): string =>
  query === undefined ? '' : 'text' in query ? `“${shortText(query.text)}”` : `/${shortText(query.regex)}/`;

/** The phase of a job as a sentence. */
export function phaseText(phase: JobPhase): string {
  switch (phase) {
    case 'probing':
      return l10n.t('It begins with 2,000 keys, to measure how fast the account is.');
    case 'running':
      return l10n.t('It runs.');
    case 'pausing':
      return l10n.t('It is pausing: parts that run end their page first.');
    case 'paused':
      return l10n.t('It is paused.');
    case 'waitingToVerify':
      return l10n.t('All is done; both sides are compared in a minute, when what was written shows everywhere.');
    case 'verifying':
      return l10n.t('Both sides are compared, and what differs is mended.');
    case 'cancelling':
      return l10n.t('It is being cancelled. For some minutes it may go on.');
    case 'cancelled':
      return l10n.t('It was cancelled. What was done until then stays done.');
    case 'failed':
      return l10n.t('It has ended, and parts of it failed. They can be started again.');
    case 'done':
      return l10n.t('It is done.');
    case 'unknown':
      return l10n.t(
        'It is in the account, but its state is not told. It may be left over from a start that broke off.',
      );
  }
}

/** "4,200,000 of 10,000,000 keys · 3.2 GB · 3,900/s · about 24 min left · $2.30 so far, about $3.20 left" */
export function progressText(state: JobState): string | undefined {
  if (!isUnderWay(state) && state.phase !== 'paused') return undefined;
  const { rate, secondsLeft, costSoFar, costLeft } = state;
  return [
    keysText(state),
    ...(state.counts.bytes ? [byteSize(state.counts.bytes)] : []),
    ...(rate === undefined ? [] : [l10n.t('{0}/s', countText(Math.round(rate)))]),
    ...(secondsLeft === undefined ? [] : [l10n.t('about {0} left', roughTime(secondsLeft))]),
    costLeft === undefined
      ? l10n.t('{0} so far', price(costSoFar))
      : l10n.t('{0} so far, about {1} left', price(costSoFar), price(costLeft)),
  ].join(' · ');
}

/** The share of the work that is done, up to 1; `undefined` if not known yet. */
export const partDone = (state: JobState): number | undefined =>
  state.counts.allListed && state.counts.listed > 0 ? Math.min(1, handledKeys(state) / state.counts.listed) : undefined;

/** A summary of the current jobs for the status bar, with an icon. */
export function jobsInBrief(jobs: readonly JobState[]): string | undefined {
  const going = jobs.filter((state) => isUnderWay(state) || state.phase === 'paused');
  const [first] = going;
  if (first === undefined) return undefined;
  const icon = going.some(isUnderWay) ? '$(cloud)' : '$(debug-pause)';
  return `${icon} ${going.length === 1 ? keysText(first) : l10n.t('{0} jobs inside Cloudflare', going.length)}`;
}

function keysText(state: JobState): string {
  const { allListed, listed } = state.counts;
  const handled = countText(handledKeys(state));
  return allListed
    ? l10n.t('{0} of {1}', handled, keyCount(listed))
    : l10n.t('{0} of {1} listed so far', handled, keyCount(listed));
}

/** Keys for which nothing is left to do. */
const handledKeys = ({ counts: { done, expiring, gone, present, failed } }: JobState): number =>
  done + expiring + gone + present + failed;

/** The result of a comparing pass. */
export function differencesText({ found, mended, left }: NonNullable<JobState['differences']>): string {
  if (found === 0) return l10n.t('Both sides were compared: nothing differs.');
  return left === 0
    ? l10n.t('Both sides were compared: {0} differed and were mended.', keyCount(found))
    : l10n.t(
        'Both sides were compared: {0} differed, {1} were mended, {2} differ still.',
        keyCount(found),
        mended,
        left,
      );
}

/** What a job did to the keys that count as done. */
export function doneLabel(job: JobKind | undefined): string {
  switch (job) {
    case 'copy':
      return l10n.t('Keys written');
    case 'export':
      return l10n.t('Keys exported');
    case 'search':
      return l10n.t('Keys searched');
    case 'delete':
      return l10n.t('Keys deleted');
    case undefined:
      return l10n.t('Keys done');
  }
}

/** Whether it goes on by itself, so that it is worth following. */
export const isUnderWay = ({ phase }: Pick<JobState, 'phase'>): boolean =>
  phase !== 'paused' && !hasEnded({ phase }) && phase !== 'unknown';

/** Whether it can be paused. */
export const mayPause = ({ phase }: Pick<JobState, 'phase'>): boolean =>
  phase === 'probing' || phase === 'running' || phase === 'waitingToVerify' || phase === 'verifying';

/** Whether nothing more happens unless somebody restarts it. */
export const hasEnded = ({ phase }: Pick<JobState, 'phase'>): boolean =>
  phase === 'done' || phase === 'cancelled' || phase === 'failed';
