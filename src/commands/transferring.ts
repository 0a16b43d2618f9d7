import * as vscode from 'vscode';
import { batchLimits } from '../core/batches.ts';
import { isKvError, KvError } from '../core/errors.ts';
import { isMuch } from '../core/estimate.ts';
import { fullName, keyCount, someKeys } from '../core/names.ts';
import type { BulkOutcome, SourceKind } from '../core/store.ts';
import { type EntrySource, type PutPlan, planPut, putEntries } from '../core/transfer/putEntries.ts';
import type { Work } from '../core/transfer/unfinished.ts';
import { withoutLinks } from '../core/withoutLinks.ts';
import { witnessed } from '../core/wrappers/witnessed.ts';
import type { NamespaceRef } from '../fs/kvUri.ts';
import { commandId, settings } from '../ids.ts';
import type { Services } from '../services.ts';
import { confirm } from '../ui/confirm.ts';
import { costText } from '../ui/cost.ts';
import { tellOutcome } from '../ui/outcome.ts';
import { startPace } from '../ui/pace.ts';
import { undoNote } from '../ui/undoNote.ts';
import type { Run } from './command.ts';
import { FROM_MESSAGE } from './invoke.ts';
import { goOnButton, isWhole, type NotedWork, resumeWork } from './resuming.ts';
import { storeOf } from './targets.ts';

export const conflictChoices = ['overwrite', 'skip', 'fail'] as const;
export type OnConflict = (typeof conflictChoices)[number];

/**
 * `undo` is the id to undo this very writing by, with what its earlier starts had written; absent when nothing was
 * written, or there is no room for a backup.
 */
export interface TransferOutcome extends BulkOutcome {
  readonly undo?: string;
}

/** Many entries that are to be written to one namespace. */
export interface Transfer {
  readonly entries: EntrySource;
  readonly to: NamespaceRef;
  readonly kind: 'import' | 'copy';
  /** What becomes of keys that exist; when it is not given, the user is asked. */
  readonly onConflict?: OnConflict | undefined;
  /** True when the caller has answered the question. */
  readonly confirmed: boolean;
  /** Writing to a real account asks, whatever the setting says. */
  readonly asksForRemote?: boolean;
  /** Absent for what cannot be taken up again. */
  readonly noted?: NotedWork;
}

/**
 * Reads all entries to check them, backs up what they overwrite, asks, and writes: the one way in which many keys come
 * into a namespace. `undefined` when the question was dismissed.
 */
export async function transfer(
  { entries, to, kind, onConflict, confirmed, asksForRemote, noted }: Transfer,
  run: Run,
): Promise<TransferOutcome | undefined> {
  const { services, signal, report, waitFor } = run;
  const readOnly = services.sources.readOnlyReason(to);
  if (readOnly !== undefined) throw new KvError('readOnly', readOnly);
  const described = await services.sources.describe(to);
  const where = fullName(described);
  const store = witnessed(await storeOf(services, to));
  const texts = textsOf(kind, where);
  const subject = {
    kind: kind === 'import' ? ('import' as const) : ('overwrite' as const),
    ...{ source: to.source, namespace: to.id, label: texts.label },
  };
  const side = described.source.kind;
  const asksAtAll = side === 'remote' && !confirmed && (asksForRemote === true || confirmsWrites());
  let plan: PutPlan;
  let isAgreed: boolean | undefined = false;
  const limits = batchLimits[side];
  const checkPace = startPace();
  try {
    if (asksAtAll) isAgreed = await askToPlan(entries, texts, run);
    if (isAgreed === undefined) return undefined;
    plan = await planPut(entries, store, services.backups, subject, {
      ...{ signal, limits },
      refuseExisting: onConflict === 'fail',
      resuming: noted?.resuming === true,
      earlier: noted?.left,
      report: (done) => report(checkPace(vscode.l10n.t('Checking: {0}', keyCount(done)), done)),
    });
  } catch (error) {
    if (!isKvError(error, 'cancelled')) throw error;
    return { done: 0, skipped: 0, failed: [], cancelled: true };
  }
  const isUndoable = (): boolean => plan.undo !== undefined && (plan.continues || !store.isUntouched);
  const forget = async (): Promise<void> => {
    if (plan.undo !== undefined && !isUndoable()) await services.backups.remove(plan.undo);
  };
  if (plan.total === 0) {
    await forget();
    return { done: 0, skipped: 0, failed: [], cancelled: false };
  }
  const answer = await waitFor(ask(plan, { onConflict, asksAtAll, isAgreed, side, texts }));
  if (answer === undefined) {
    await forget();
    return undefined;
  }
  const notes =
    noted &&
    (await services.unfinished.begin(noted.work, {
      ...{ title: noted.title, at: noted.at, total: plan.total, undo: plan.undo },
    }));
  const pace = startPace(plan.total);
  let outcome: BulkOutcome | undefined;
  try {
    outcome = await putEntries(entries, store, {
      ...{ signal, limits, settled: plan.settled },
      ...(answer === 'skip' && { skip: plan.existing }),
      report(done) {
        report(pace(texts.progress(done.toLocaleString(), keyCount(plan.total)), done));
        void notes?.advance(done);
      },
    });
  } finally {
    await (isWhole(outcome) ? notes?.finish() : notes?.stop(store.isUntouched && !noted?.left?.done));
    await forget();
  }
  return { ...outcome, ...(isUndoable() && { undo: plan.undo }) };
}

/** One notification, with the way back; `remarks` are sentences about keys that were left out. */
export async function tellTransferred(
  outcome: TransferOutcome,
  { to, kind, work }: Pick<Transfer, 'to' | 'kind'> & { readonly work?: Work },
  services: Services,
  remarks: readonly string[] = [],
): Promise<void> {
  const texts = textsOf(kind, fullName(await services.sources.describe(to)));
  const undo = vscode.l10n.t('Undo');
  const goOn = goOnButton(outcome);
  const left = work && (await services.unfinished.find(work));
  const total = outcome.done + outcome.skipped + outcome.failed.length;
  const skipped = outcome.skipped > 0 ? [vscode.l10n.t('{0} skipped.', outcome.skipped.toLocaleString())] : [];
  const pressed = await tellOutcome(
    outcome,
    total,
    {
      all: [texts.done(keyCount(outcome.done)), ...skipped, ...remarks].join(' '),
      partly: (done) => [texts.partly(done, keyCount(total)), ...skipped, ...remarks].join(' '),
    },
    ...(left ? [goOn] : []),
    ...(outcome.undo === undefined ? [] : [undo]),
  );
  if (left && pressed === goOn) await resumeWork(left);
  if (pressed === undo) await vscode.commands.executeCommand(commandId('undo'), FROM_MESSAGE, outcome.undo);
}

interface Texts {
  readonly label: string;
  question(count: string): string;
  button(count: number): string;
  progress(done: string, total: string): string;
  done(count: string): string;
  partly(done: string, total: string): string;
}

function textsOf(kind: Transfer['kind'], where: string): Texts {
  return kind === 'import'
    ? {
        label: vscode.l10n.t('Imported keys into {0}', where),
        question: (count) => vscode.l10n.t('Import {0} into {1}?', count, where),
        button: (count) =>
          count === 1 ? vscode.l10n.t('Import 1 Key') : vscode.l10n.t('Import {0} Keys', count.toLocaleString()),
        progress: (done, total) => vscode.l10n.t('Importing {0} of {1} into {2}', done, total, where),
        done: (count) => vscode.l10n.t('Imported {0} into {1}.', count, where),
        partly: (done, total) => vscode.l10n.t('Imported {0} of {1} into {2}.', done, total, where),
      }
    : {
        label: vscode.l10n.t('Copied keys to {0}', where),
        question: (count) => vscode.l10n.t('Copy {0} to {1}?', count, where),
        button: (count) =>
          count === 1 ? vscode.l10n.t('Copy 1 Key') : vscode.l10n.t('Copy {0} Keys', count.toLocaleString()),
        progress: (done, total) => vscode.l10n.t('Copying {0} of {1} to {2}', done, total, where),
        done: (count) => vscode.l10n.t('Copied {0} to {1}.', count, where),
        partly: (done, total) => vscode.l10n.t('Copied {0} of {1} to {2}.', done, total, where),
      };
}

interface Asking {
  readonly onConflict: OnConflict | undefined;
  readonly asksAtAll: boolean;
  /** How much it is and what it takes has been agreed to. */
  readonly isAgreed: boolean;
  readonly side: SourceKind;
  readonly texts: Texts;
}

/**
 * Asks before what is there is read from an account, where that alone takes long or much: true when it was agreed to,
 * false when there was no need, `undefined` when dismissed.
 */
async function askToPlan(entries: EntrySource, texts: Texts, run: Run): Promise<boolean | undefined> {
  const { signal, report, waitFor } = run;
  let [total, bytes] = [0, 0];
  for await (const { value } of entries(signal)) {
    total++;
    bytes += value.length;
    if (total % 1000 === 0) report(vscode.l10n.t('Counting: {0}', keyCount(total)));
  }
  if (!isMuch({ reads: total })) return false;
  const asked = confirm({
    question: texts.question(keyCount(total)),
    detail: [
      costText({ reads: total, writes: total }, bytes),
      vscode.l10n.t('What is there already is read and backed up first.'),
    ].join('\n'),
    button: texts.button(total),
  });
  return (await waitFor(asked)) ? true : undefined;
}

async function ask(
  { total: all, bytes, existing, settled, undo }: PutPlan,
  { onConflict, asksAtAll, isAgreed, side, texts }: Asking,
): Promise<'overwrite' | 'skip' | undefined> {
  const choice = onConflict === 'skip' ? 'skip' : 'overwrite';
  const total = all - settled.count;
  const asksAboutExisting = onConflict === undefined && existing.count > 0;
  const asksAgain = asksAtAll && (!isAgreed || undo === undefined);
  if (total === 0 || (!asksAboutExisting && !asksAgain)) return choice;
  const detail = [
    ...(existing.count > 0 ? [existingText(existing)] : []),
    ...(side === 'remote' ? [costText({ writes: total }, bytes)] : []),
    undoNote(undo !== undefined),
  ].join('\n');
  const overwrite = vscode.l10n.t('Overwrite');
  const skip = vscode.l10n.t('Skip Existing');
  const button = texts.button(total);
  const answer = await vscode.window.showWarningMessage(
    withoutLinks(texts.question(keyCount(total))),
    { modal: true, detail },
    ...(asksAboutExisting ? [overwrite, skip] : [button]),
  );
  if (answer === undefined) return undefined;
  return asksAboutExisting ? (answer === skip ? 'skip' : 'overwrite') : choice;
}

function existingText({ count, first }: PutPlan['existing']): string {
  const more = count > first.length ? vscode.l10n.t(' and {0} more', (count - first.length).toLocaleString()) : '';
  return vscode.l10n.t('{0} already there: {1}.', keyCount(count), `${someKeys(first)}${more}`);
}

const confirmsWrites = (): boolean =>
  vscode.workspace.getConfiguration('cloudflareKv').get<string>(settings.confirmWrites, 'bulk') !== 'never';
