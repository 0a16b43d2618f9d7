import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { entryUri, valueUri } from '../../fs/kvUri.ts';
import { shownUris } from '../../fs/openDocuments.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { only } from '../invocation/command.ts';
import { fields, keyField, namespaceField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aKey, storeOf } from '../invocation/targets.ts';

export const editEntry = defineCommand<KeyTarget, KeyTarget>('editEntry', {
  progress: vscode.l10n.t('Reading the value'),
  args: fields({ namespace: namespaceField, key: keyField }),
  asked: only(aKey({ question: vscode.l10n.t('Edit metadata and expiration of which key?') })),
  async run(target, { services, signal }) {
    const entry = await (await storeOf(services, target.namespace)).get(target.key, signal);
    if (!entry) {
      throw new KvError('notFound', vscode.l10n.t('“{0}” does not exist: it was deleted or has expired.', target.key));
    }
    const value = valueUri(target.namespace, target.key).toString();
    const beside = shownUris().some((uri) => uri.toString() === value);
    await vscode.commands.executeCommand(
      'vscode.open',
      entryUri(target.namespace, target.key),
      { viewColumn: beside ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active, preview: false },
      vscode.l10n.t('{0} (entry)', target.key),
    );
    return target;
  },
});
