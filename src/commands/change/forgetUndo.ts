import * as vscode from 'vscode';
import { byteSize } from '../../core/store/names.ts';
import { countText } from '../../core/text/countText.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { confirm } from '../../ui/confirm.ts';
import { about } from '../invocation/command.ts';
import { fields, flagField, optional } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';

interface ForgetUndo {
  readonly confirm?: boolean | undefined;
}

/** Deletes from disk what is kept for Undo, except for running work. Resolves to the number of changes. */
export const forgetUndo = defineCommand<ForgetUndo, number>('forgetUndo', {
  args: fields({ confirm: optional(flagField) }),
  asked: about(nothing, () => ({})),
  async run({ confirm: confirmed }, { services: { journals }, waitFor }) {
    const kept = (await journals.list()).filter(({ state }) => state !== 'running');
    const bytes = kept.reduce((sum, change) => sum + change.bytes, 0);
    const question = {
      question: vscode.l10n.t('Forget every backup for Undo?'),
      detail: vscode.l10n.t(
        '{0}, {1}. What was deleted or changed cannot be restored afterwards.',
        changeCount(kept.length),
        byteSize(bytes),
      ),
      button: vscode.l10n.t('Forget Backups'),
    };
    if (confirmed !== true && !(await waitFor(confirm(question)))) return undefined;
    await journals.clear();
    return kept.length;
  },
  tell(count) {
    void vscode.window.showInformationMessage(
      withoutLinks(vscode.l10n.t('{0} can no longer be undone.', changeCount(count))),
    );
  },
});

const changeCount = (count: number): string =>
  count === 1 ? vscode.l10n.t('1 change') : vscode.l10n.t('{0} changes', countText(count));
