import * as vscode from 'vscode';
import type { Work } from '../../core/change/keyChange.ts';
import { fullName } from '../../core/store/names.ts';
import { countText } from '../../core/text/countText.ts';
import { CALLED_BY_MESSAGE, commandId } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { tellOutcome, triedKeys } from '../../ui/outcome.ts';
import { leftAfter, resumeButton, resumeWork } from '../change/resuming.ts';
import type { Transfer, TransferOutcome } from './transferring.ts';
import { textsOf } from './transferTexts.ts';

/** Shows one notification, with an Undo button. `remarks` are sentences about keys that were left out. */
export async function tellTransferred(
  outcome: TransferOutcome,
  { to, work, ...what }: Pick<Transfer, 'to' | 'kind' | 'selection'> & { readonly work?: Work },
  services: Services,
  remarks: readonly string[] = [],
): Promise<void> {
  const texts = textsOf(what, fullName(await services.sources.describe(to)));
  const undo = vscode.l10n.t('Undo');
  const goOn = resumeButton(outcome);
  const left = work && (await leftAfter(work, outcome, services));
  const total = triedKeys(outcome) + (outcome.left ?? 0);
  const skipped = outcome.skipped > 0 ? [vscode.l10n.t('{0} skipped.', countText(outcome.skipped))] : [];
  const pressed = await tellOutcome(
    outcome,
    total,
    {
      all: [texts.done(outcome.done), ...skipped, ...remarks].join(' '),
      partly: (done) => [texts.partly(done, total), ...skipped, ...remarks].join(' '),
      ...(outcome.undo === undefined && { nothing: texts.nothing }),
    },
    ...(left ? [goOn] : []),
    ...(outcome.undo === undefined ? [] : [undo]),
  );
  if (left && pressed === goOn) await resumeWork(left);
  if (pressed === undo) await vscode.commands.executeCommand(commandId('undo'), CALLED_BY_MESSAGE, outcome.undo);
}
