import * as vscode from 'vscode';
import type { UnfinishedWork } from '../../core/change/journal/journalInfo.ts';
import type { Work } from '../../core/change/keyChange.ts';
import { keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { Selection } from '../../core/store/selection.ts';
import type { BulkOutcome } from '../../core/store/store.ts';
import { countText } from '../../core/text/countText.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { CALLED_BY_MESSAGE, commandId } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { ask } from '../../ui/confirm.ts';
import type { Run } from '../invocation/command.ts';
import { isPlainObject, namespaceField } from '../invocation/fields.ts';

/** Commands that can resume their interrupted work. */
const RESUMABLE: ReadonlySet<string> = new Set(['importKeys', 'copyKeys', 'syncNamespace']);

/**
 * If work starts again within this time, lifetimes still count from its first start. Later they count from now, because
 * nobody wants entries that expire before they are written. What an earlier start wrote is not written again just to
 * live longer, unless little of its lifetime is left.
 */
const SAME_START_MS = 10 * 60_000;

/** A piece of work and what an earlier start of it has left to do. */
export interface NotedWork {
  readonly work: Work;
  /** For the user: "Importing users.json into SESSIONS (local, shop)". */
  readonly title: string;
  /** The time from which lifetimes count, in milliseconds since 1970. */
  readonly at: number;
  /** The same for the first start of the work that is resumed. */
  readonly firstAt: number;
  /** How many seconds the clock of the namespace was ahead then, where that was noted. */
  readonly firstAhead?: number | undefined;
  /** What its last start has left, to be gone on with or not: it is undone together with that. */
  readonly left?: UnfinishedWork;
  /** Whether it resumes the earlier start and does only the rest. */
  readonly resuming: boolean;
}

/** What to do with interrupted work: ask the user, resume without asking, or also resume work in which keys failed. */
export type Resume = 'ask' | 'unasked' | 'retry';

/** What an earlier start has left to be gone on with: what was refused only where somebody tries that again. */
export async function leftToGoOn(
  work: Work,
  resume: Resume,
  { journals }: Pick<Services, 'journals'>,
): Promise<UnfinishedWork | undefined> {
  const left = await journals.findWork(work);
  return left?.isRefused && resume !== 'retry' ? undefined : left;
}

/** What is left once work has ended, for its button: not what an earlier start that was not gone on with was refused. */
export async function leftAfter(
  work: Work,
  { undo }: { readonly undo?: string },
  { journals }: Pick<Services, 'journals'>,
): Promise<UnfinishedWork | undefined> {
  const left = await journals.findWork(work);
  return left?.isRefused && left.id !== undo ? undefined : left;
}

/** Offers to go on where the same work was interrupted, or goes on; `undefined` when the question was dismissed. */
export async function offerResume(
  about: Pick<NotedWork, 'work' | 'title'>,
  resume: Resume,
  { waitFor, services }: Run,
): Promise<NotedWork | undefined> {
  const left = await leftToGoOn(about.work, resume, services);
  const now = Date.now();
  if (!left) return { ...about, at: now, firstAt: now, resuming: false };
  const at = now - left.at < SAME_START_MS ? left.at : now;
  const goingOn = { ...about, at, firstAt: left.at, firstAhead: left.ahead, left, resuming: true };
  if (resume !== 'ask') return goingOn;
  const goOn = vscode.l10n.t('Resume');
  const startOver = vscode.l10n.t('Start Over');
  const answer = await waitFor(
    ask(
      vscode.l10n.t('{0} stopped before its end: {1}. Go on with the rest?', about.title, howFar(left)),
      vscode.l10n.t('Resume does not write again what is there already, unchanged.'),
      [goOn, startOver],
    ),
  );
  if (answer === undefined) return undefined;
  return answer === goOn ? goingOn : { ...about, at: now, firstAt: now, left, resuming: false };
}

/** What is copied, from where and to where. */
export interface Between {
  readonly from: NamespaceRef;
  readonly selection: Selection;
  readonly to: NamespaceRef;
  /** The prefix that key names get, unless they already begin with it; absent for none. */
  readonly under?: string | undefined;
}

/** Describes work from one namespace to another, for the journal. */
export const workBetween = (command: string, { from, selection: { keys, prefixes }, to, under }: Between): Work => ({
  command,
  args: {
    from: { source: from.source, id: from.id },
    selection: { keys, prefixes },
    to: { source: to.source, id: to.id },
    ...(under !== undefined && { under }),
  },
});

/** Reads the arguments that {@link workBetween} has stored. */
export function betweenOf(args: unknown): Between {
  const input = isPlainObject(args) ? args : {};
  const selection = isPlainObject(input.selection) ? input.selection : {};
  const texts = (list: unknown): readonly string[] =>
    Array.isArray(list) ? list.filter((text) => typeof text === 'string') : [];
  return {
    from: namespaceField.read(input.from, 'from'),
    selection: { keys: texts(selection.keys), prefixes: texts(selection.prefixes) },
    to: namespaceField.read(input.to, 'to'),
    ...(typeof input.under === 'string' && { under: input.under }),
  };
}

/** The work that a button of a message should resume; `undefined` if nothing is left of it. */
export async function findUnfinished(
  id: string | undefined,
  { journals }: Services,
): Promise<UnfinishedWork | undefined> {
  return id === undefined ? undefined : await journals.unfinishedWork(id);
}

/** The title of the button that does what was not done. */
export const resumeButton = ({ cancelled }: BulkOutcome): string =>
  cancelled ? vscode.l10n.t('Resume') : vscode.l10n.t('Retry');

/** Resumes this work through its command, like a button of a message. */
export const resumeWork = ({ id, command }: UnfinishedWork): Thenable<unknown> =>
  vscode.commands.executeCommand(`cloudflareKv.${command}`, CALLED_BY_MESSAGE, id);

/** Tells once about each piece of work whose window was closed half-way, if it can be resumed or undone. */
export async function tellInterrupted({ journals, sources }: Services): Promise<void> {
  await sources.ready();
  const here = new Set(sources.sources.map(({ id }) => id));
  for (const work of await journals.unfinishedWorks()) {
    if (!work.needsNotice || !work.sources.every((source) => here.has(source))) continue;
    await journals.noteNotified(work.id);
    void offer(work);
  }
}

async function offer(work: UnfinishedWork): Promise<void> {
  const resume = vscode.l10n.t('Resume');
  const undo = vscode.l10n.t('Undo');
  const answer = await vscode.window.showWarningMessage(
    withoutLinks(vscode.l10n.t('{0} was interrupted: {1}.', work.title, howFar(work))),
    ...(RESUMABLE.has(work.command) ? [resume] : []),
    ...(work.isUndoable ? [undo] : []),
  );
  if (answer === resume) await resumeWork(work);
  if (answer === undo) await vscode.commands.executeCommand(commandId('undo'), CALLED_BY_MESSAGE, work.id);
}

/** "12,500 of 50,000 keys were done". */
const howFar = ({ done, total }: UnfinishedWork): string =>
  vscode.l10n.t('{0} of {1} were done', countText(done), keyCount(total));
