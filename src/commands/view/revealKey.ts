import * as vscode from 'vscode';
import { listedKey } from '../../core/store/firstPage.ts';
import { keyCount } from '../../core/store/names.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { only } from '../invocation/command.ts';
import { fields, keyField, namespaceField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aKey, storeOf } from '../invocation/targets.ts';

/** Shows the row of a key in the view. Resolves to whether the key exists. */
export const revealKey = defineCommand<KeyTarget, boolean>('revealKey', {
  progress: vscode.l10n.t('Loading keys'),
  args: fields({ namespace: namespaceField, key: keyField }),
  asked: only(aKey({ question: vscode.l10n.t('Show which key in the view?') })),
  async run({ namespace, key }, { services, signal, report }) {
    // Checked first, because searching for a key that is gone would read every page.
    const store = await storeOf(services, namespace);
    if (!(await listedKey(store, key, signal))) return false;
    return services.tree.reveal(namespace, key, {
      signal,
      report: (read) => report(vscode.l10n.t('Loading keys: {0} read', keyCount(read))),
    });
  },
  async tell(isThere, { key }) {
    if (isThere) return;
    const gone = vscode.l10n.t('“{0}” does not exist: it was deleted or has expired.', key);
    await vscode.window.showInformationMessage(withoutLinks(gone));
  },
});
