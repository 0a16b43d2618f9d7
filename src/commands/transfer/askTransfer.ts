import * as vscode from 'vscode';
import { estimate, isCostly } from '../../core/cost/estimate.ts';
import type { EntrySource } from '../../core/store/entrySource.ts';
import { keyCount, someKeys } from '../../core/store/names.ts';
import type { SourceKind } from '../../core/store/store.ts';
import type { PutPlan } from '../../core/transfer/putPlan.ts';
import type { Settings } from '../../settings.ts';
import { ask, confirm } from '../../ui/confirm.ts';
import { costText } from '../../ui/cost.ts';
import { undoNote } from '../../ui/undoNote.ts';
import type { Run } from '../invocation/command.ts';
import type { OnConflict } from './onConflict.ts';
import type { TransferTexts } from './transferTexts.ts';

interface Asking {
  readonly onConflict: OnConflict | undefined;
  readonly asksAtAll: boolean;
  /** Whether the user has already agreed to the amount and the cost. */
  readonly isAgreed: boolean;
  /** Whether there is room for a backup of what is overwritten. */
  readonly canUndo: boolean;
  readonly side: SourceKind;
  readonly texts: TransferTexts;
  readonly settings: Settings;
}

/**
 * Asks before existing entries are read from an account, if that alone takes long or costs much. True if the user
 * agreed, false if no question was needed, `undefined` when dismissed.
 */
export async function askToPlan(entries: EntrySource, texts: TransferTexts, run: Run): Promise<boolean | undefined> {
  const { signal, report, waitFor } = run;
  let [total, bytes] = [0, 0];
  for await (const { value } of entries(signal)) {
    total++;
    bytes += value.length;
    if (total % 1000 === 0) report(texts.counting(total));
  }
  if (!isCostly({ reads: total })) return false;
  const operations = { reads: total, writes: total };
  const lines = [
    costText(operations, bytes),
    vscode.l10n.t('What is there already is looked up first.'),
    texts.staysHere?.(estimate(operations, bytes).seconds) ?? '',
  ];
  const asked = confirm({
    question: texts.question(total),
    detail: lines.filter((line) => line !== '').join('\n'),
    button: texts.button(total),
  });
  return (await waitFor(asked)) ? true : undefined;
}

/** Asks about keys that already exist, and before an account is written to. `undefined` when dismissed. */
export async function askToPut(
  { total: all, bytes, existing, settled }: PutPlan,
  { onConflict, asksAtAll, isAgreed, canUndo, side, texts, settings }: Asking,
): Promise<'overwrite' | 'skip' | undefined> {
  const choice = onConflict === 'skip' ? 'skip' : 'overwrite';
  const total = all - settled;
  const asksAboutExisting = onConflict === undefined && existing.count > 0;
  const asksAgain = asksAtAll && (!isAgreed || !canUndo);
  if (total === 0 || (!asksAboutExisting && !asksAgain)) return choice;
  const detail = [
    ...(existing.count > 0 ? [existingText(existing)] : []),
    ...(side === 'remote' ? [costText({ writes: total }, bytes)] : []),
    undoNote(canUndo, settings),
  ].join('\n');
  const overwrite = vscode.l10n.t('Overwrite');
  const skip = vscode.l10n.t('Skip Existing');
  const button = texts.button(total);
  const answer = await ask(texts.question(total), detail, asksAboutExisting ? [overwrite, skip] : [button]);
  if (answer === undefined) return undefined;
  return asksAboutExisting ? (answer === skip ? 'skip' : 'overwrite') : choice;
}

const existingText = ({ count, first }: PutPlan['existing']): string =>
  vscode.l10n.t('{0} already there: {1}.', keyCount(count), someKeys(first, count));
