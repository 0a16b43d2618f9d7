import * as vscode from 'vscode';
import { byteSize } from '../../core/store/names.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { confirm } from '../../ui/confirm.ts';
import { optionalFlag } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';

interface ForgetUndo {
  readonly confirm?: boolean | undefined;
}

/** Removes every backup from disk; resolves to how many there were. */
export const forgetUndo = defineCommand<ForgetUndo, number>('forgetUndo', {
  parse: (input) => ({ confirm: optionalFlag(input, 'confirm') }),
  ask: async () => ({}),
  async run({ confirm: confirmed }, { services, waitFor }) {
    const backups = await services.backups.list();
    const bytes = backups.reduce((sum, backup) => sum + backup.bytes, 0);
    const question = {
      question: vscode.l10n.t('Forget every backup for Undo?'),
      detail: vscode.l10n.t(
        '{0} backups, {1}. What was deleted cannot be restored afterwards.',
        backups.length.toLocaleString(),
        byteSize(bytes),
      ),
      button: vscode.l10n.t('Forget Backups'),
    };
    if (confirmed !== true && !(await waitFor(confirm(question)))) return undefined;
    await services.backups.clear();
    return backups.length;
  },
  tell(count) {
    void vscode.window.showInformationMessage(
      withoutLinks(vscode.l10n.t('Removed {0} backups for Undo.', count.toLocaleString())),
    );
  },
});
