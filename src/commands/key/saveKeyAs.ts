import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { keyToSegment } from '../../core/keys/keyPath.ts';
import { shortText } from '../../core/store/names.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { saveUri, writeTarget } from '../../ui/files.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { about } from '../invocation/command.ts';
import { fields, fileField, keyField, namespaceField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aKey, storeOf } from '../invocation/targets.ts';

interface SaveKeyAs extends KeyTarget {
  readonly to: vscode.Uri;
}

export const saveKeyAs = defineCommand<SaveKeyAs, SaveKeyAs>('saveKeyAs', {
  progress: vscode.l10n.t('Saving the value to a file'),
  args: fields({ namespace: namespaceField, key: keyField, to: fileField }),
  asked: about(
    aKey({ question: vscode.l10n.t('Download a value: type the beginning of its key') }),
    async ({ namespace, key, where }) => {
      const name = keyToSegment(key).replace(/[<>:"|?*]/g, '_');
      const to = await vscode.window.showSaveDialog({
        title: vscode.l10n.t('Download “{0}” of {1}', shortText(key), where),
        saveLabel: vscode.l10n.t('Download'),
        defaultUri: saveUri(name),
      });
      return to && { namespace, key, to };
    },
  ),
  async run(args, { services, signal }) {
    const entry = await (await storeOf(services, args.namespace)).get(args.key, signal);
    if (!entry) {
      throw new KvError('notFound', vscode.l10n.t('“{0}” does not exist: it was deleted or has expired.', args.key));
    }
    await writeTarget(args.to, entry.value);
    return args;
  },
  tell({ key, to }) {
    const open = vscode.l10n.t('Open');
    const message = vscode.l10n.t('Downloaded “{0}” to {1}.', key, vscode.workspace.asRelativePath(to));
    void vscode.window.showInformationMessage(withoutLinks(message), open).then((answer) => {
      if (answer === open) void vscode.commands.executeCommand('vscode.open', to);
    });
  },
});
