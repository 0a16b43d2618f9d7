import * as vscode from 'vscode';
import { copyKey } from '../../core/change/renameKey.ts';
import { fullName, shortText } from '../../core/store/names.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askNewKey, type NewKey, newKeyArgs } from './askNewKey.ts';
import { showNewKey } from './showNewKey.ts';

export const duplicateKey = defineCommand<NewKey, KeyTarget>('duplicateKey', {
  progress: vscode.l10n.t('Duplicating the key'),
  args: newKeyArgs,
  asked: askNewKey(vscode.l10n.t('Duplicate which key?'), (key, where) =>
    vscode.l10n.t('Duplicate “{0}” in {1}', key, where),
  ),
  writes: ({ namespace, newKey }) => ({ namespace, keys: [newKey] }),
  async run({ namespace, key, newKey }, { services, signal }) {
    await services.sources.checkExists(namespace);
    const where = fullName(await services.sources.describe(namespace));
    const label = vscode.l10n.t('Copied “{0}” to “{1}” in {2}', shortText(key), shortText(newKey), where);
    const keys = { from: key, to: newKey };
    await copyKey(services.changes, { kind: 'put', namespace, label }, keys, { overwrite: false, signal });
    return { namespace, key: newKey };
  },
  async tell({ namespace, key }, _, services) {
    await showNewKey({ namespace, key }, services);
  },
});
