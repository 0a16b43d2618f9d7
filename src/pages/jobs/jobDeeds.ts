import * as vscode from 'vscode';
import { sourceIdOf } from '../../auth/account.ts';
import { isKvError, KvError } from '../../core/base/errors.ts';
import { keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { countText } from '../../core/text/countText.ts';
import { oneLine } from '../../core/text/oneLine.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { valueUri } from '../../fs/kvUri.ts';
import { CALLED_BY_MESSAGE, commandId, resultsLanguage } from '../../ids.ts';
import type { JobState } from '../../inside/job.ts';
import type { Services } from '../../services.ts';
import { confirm } from '../../ui/confirm.ts';
import { linkTo } from '../../ui/openCommand.ts';
import { withProgress } from '../../ui/progress.ts';
import { reportError } from '../../ui/reportError.ts';
import { MOST_LINES, type ReportLine } from '../../ui/reports.ts';
import type { JobFollower } from './jobFollower.ts';
import { hasEnded, jobHeading, selectionOfJob } from './jobTexts.ts';
import { isTelling, ReportNotKept } from './keptReport.ts';
import { offerSaving } from './saveReport.ts';
import { writtenBy } from './writtenBy.ts';

/** How many lines are added to the document at once. */
const GATHERED = 500;

/** Opens the report of a job as a document that fills while the report is read. */
export async function showReport(
  state: JobState,
  follower: JobFollower,
  { reports, log }: Pick<Services, 'reports' | 'log'>,
): Promise<void> {
  const source = sourceIdOf({ id: state.account });
  const what = jobHeading(state);
  const heading = (lines: number, ends: string): string =>
    [vscode.l10n.t('{0}: {1} lines', what, countText(lines)), ends].filter((part) => part !== '').join(', ');
  const title = vscode.l10n.t('Report on {0}', oneLine(what));
  const read = (signal: AbortSignal): AsyncIterable<string> => follower.report(state, signal);
  const lines = await withProgress(vscode.l10n.t('Reading the report'), undefined, async ({ signal, report: tell }) => {
    const reading = vscode.l10n.t('reading…');
    const report = await reports.open(title, resultsLanguage, heading(0, reading), [source]);
    let [count, gathered] = [0, [] as ReportLine[]];
    const flush = (ends: string): void => {
      report.add(gathered);
      gathered = [];
      report.setHeading(heading(count, ends));
      tell(vscode.l10n.t('Reading the report: {0} lines', countText(count)));
    };
    try {
      for await (const line of read(signal)) {
        count++;
        gathered.push(reportLine(line, { source, id: state.request?.from.id ?? '' }));
        if (gathered.length >= GATHERED) flush(reading);
      }
      const { failed } = state.counts;
      flush(hasEnded(state) ? '' : vscode.l10n.t('until now; {0} failed', keyCount(failed)));
    } catch (error) {
      flush(isKvError(error, 'cancelled') ? vscode.l10n.t('cancelled') : vscode.l10n.t('broken off'));
      if (!isKvError(error, 'cancelled')) throw error;
    }
    return count;
  });
  if (lines <= MOST_LINES) return;
  offerSaving({ name: state.id, shown: MOST_LINES, lines }, read).catch((error: unknown) => {
    reportError(log, 'save a report', error);
  });
}

/**
 * "user:1: failed: why", "user:1, line 12: the line". The key links to the value, and the line number to the line in
 * it.
 */
function reportLine(line: string, namespace: NamespaceRef): ReportLine {
  const found = findingIn(line);
  if (!found) return { text: oneLine(line.trimEnd()) };
  if (found.key === undefined) return { text: oneLine(found.text) };
  const name = oneLine(found.key);
  const what = oneLine(found.text);
  const text =
    found.line === undefined
      ? vscode.l10n.t('{0}: {1}', name, what)
      : vscode.l10n.t('{0}, line {1}: {2}', name, found.line, what);
  if (namespace.id === '') return { text };
  const at = found.line === undefined ? undefined : { line: found.line, column: 1 };
  const start = text.indexOf(name);
  return { text, link: { start, length: name.length, target: linkTo(valueUri(namespace, found.key), at) } };
}

interface Finding {
  /** Absent if it is about the job. */
  readonly key: string | undefined;
  readonly text: string;
  /** Counts from 1. */
  readonly line?: number;
}

/** What a line of a report says about a key; `undefined` for any other line. */
function findingIn(line: string): Finding | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const { key, message, text = message, line: at } = value as Readonly<Record<string, unknown>>;
    if (typeof text !== 'string') return undefined;
    return { key: typeof key === 'string' ? key : undefined, text, ...(typeof at === 'number' && { line: at }) };
  } catch {
    return undefined;
  }
}

/** Throws `readOnly` if the job would go on writing to a namespace that is read-only now. */
export function checkMayWrite(state: JobState, { sources }: Pick<Services, 'sources'>): void {
  const written = writtenBy(state);
  const reason = written && sources.readOnlyReason(written);
  if (reason !== undefined) throw new KvError('readOnly', reason);
}

/** Asks, then cancels the job. */
export async function cancelJob(state: JobState, follower: JobFollower): Promise<void> {
  const agreed = await confirm({
    question: vscode.l10n.t('Cancel this job inside Cloudflare? {0}', jobHeading(state)),
    detail: vscode.l10n.t(
      'What was done until now stays done. Parts that run take minutes to end, and may go on writing until then.',
    ),
    button: vscode.l10n.t('Cancel the Job'),
  });
  if (agreed) await follower.cancel(state);
}

/** Removes a job from its account. Asks first if something would be lost. */
export async function removeJob(state: JobState, follower: JobFollower): Promise<void> {
  const agreed =
    state.phase === 'done' ||
    state.phase === 'cancelled' ||
    (await confirm({
      question: vscode.l10n.t('Remove this job from the account? {0}', jobHeading(state)),
      detail:
        state.phase === 'failed'
          ? vscode.l10n.t('Its failed parts cannot be started again then. What it has done stays done.')
          : vscode.l10n.t('Whatever of it runs still is ended. What it has done stays done.'),
      button: vscode.l10n.t('Remove the Job'),
    }));
  if (!agreed) return;
  const leftovers = await removed(state, follower);
  if (leftovers === undefined || leftovers.length === 0) return;
  const again = vscode.l10n.t('Remove Again');
  const text = vscode.l10n.t('This could not be removed from the account: {0}.', leftovers.join(', '));
  if ((await vscode.window.showWarningMessage(withoutLinks(text), again)) === again) await removeJob(state, follower);
}

/** Asks before removing a job whose report this window cannot keep; `undefined` if the user does not agree. */
async function removed(state: JobState, follower: JobFollower): Promise<readonly string[] | undefined> {
  const remove = (needsReport: boolean): Promise<readonly string[]> =>
    withProgress(vscode.l10n.t('Removing a job'), undefined, ({ signal }) =>
      follower.remove(state, signal, { needsReport }),
    );
  try {
    return await remove(isTelling(state));
  } catch (error) {
    if (!(error instanceof ReportNotKept)) throw error;
    const agreed = await confirm({
      question: vscode.l10n.t('Remove this job and its report from the account? {0}', jobHeading(state)),
      detail: [error.reason, vscode.l10n.t('Nothing else names the keys that it tells of.')].join(' '),
      button: vscode.l10n.t('Remove the Job and Its Report'),
    });
    return agreed ? await remove(false) : undefined;
  }
}

/** Offers the comparing pass that a copy was made without, as a separate job. It writes only what differs. */
export async function compareAfter({ account, request }: JobState): Promise<void> {
  if (!request?.to) return;
  const source = sourceIdOf({ id: account });
  const [from, to] = [request.from, request.to].map(({ id }) => ({ source, id }));
  const { mode, emptySource } = request;
  const job = { job: 'copy', from, to, selection: selectionOfJob(request), mode, emptySource, comparesOnly: true };
  await vscode.commands.executeCommand(commandId('runInside'), CALLED_BY_MESSAGE, JSON.stringify(job));
}
