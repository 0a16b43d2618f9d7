import * as vscode from 'vscode';
import { fullName, keyCount } from '../../core/store/names.ts';
import { EVERYTHING, isEverything } from '../../core/store/selection.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { keysOf } from '../../core/transfer/selectionName.ts';
import { CALLED_BY_MESSAGE, commandId } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { changesText } from '../../ui/changesText.ts';
import { tellOutcome, triedKeys } from '../../ui/outcome.ts';
import { leftAfter, resumeButton, resumeWork } from '../change/resuming.ts';
import { nothingCopied } from '../transfer/transferTexts.ts';
import { type SyncOutcome, type SyncRequest, syncWork } from './syncing.ts';

/** Shows one notification, with an Undo button. */
export async function tellSynced(
  outcome: SyncOutcome,
  request: Pick<SyncRequest, 'from' | 'to' | 'selection'>,
  services: Services,
): Promise<void> {
  const { sources } = services;
  const { from, to, selection = EVERYTHING } = request;
  const [source, target] = [fullName(await sources.describe(from)), fullName(await sources.describe(to))];
  const { same, undo } = outcome;
  const total = triedKeys(outcome) + (outcome.left ?? 0);
  const isAll = isEverything(selection);
  const undoButton = vscode.l10n.t('Undo');
  const goOn = resumeButton(outcome);
  const buttons = undo === undefined ? [] : [undoButton];
  const left = await leftAfter(syncWork(request), outcome, services);
  let answer: string | undefined;
  if (total === 0 && !outcome.cancelled) {
    const text = isAll
      ? vscode.l10n.t('{0} already has everything that {1} has: {2}.', target, source, keyCount(same))
      : vscode.l10n.t('Nothing to copy: {0} the same in {1}.', keysOf(selection, keyCount(same)), target);
    answer = await vscode.window.showInformationMessage(withoutLinks(text), ...buttons);
  } else {
    const texts = {
      all: isAll
        ? vscode.l10n.t('{0} now has what {1} has: {2}.', target, source, changesText(outcome))
        : vscode.l10n.t('Copied {0} to {1}: {2}.', keysOf(selection), target, changesText(outcome)),
      partly: (done: string) =>
        vscode.l10n.t('Copied {0} of {1} to {2}.', done, keysOf(selection, keyCount(total)), target),
      ...(undo === undefined && { nothing: nothingCopied(target) }),
    };
    answer = await tellOutcome(outcome, total, texts, ...(left ? [goOn] : []), ...buttons);
  }
  if (left && answer === goOn) await resumeWork(left);
  if (answer === undoButton) await vscode.commands.executeCommand(commandId('undo'), CALLED_BY_MESSAGE, undo);
}
