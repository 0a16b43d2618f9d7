import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { orOfNamespace } from '../invocation/namespaceRow.ts';
import { askNewKey, type NewKey, newKeyArgs } from './askNewKey.ts';

export const renameKey = defineCommand<NewKey, KeyTarget>('renameKey', {
  progress: vscode.l10n.t('Renaming the key'),
  args: newKeyArgs,
  asked: orOfNamespace(
    'renameNamespace',
    askNewKey(vscode.l10n.t('Rename which key?'), (key, where) => vscode.l10n.t('Rename “{0}” in {1}', key, where)),
  ),
  writes: ({ namespace, newKey }) => ({ namespace, keys: [newKey] }),
  async run({ namespace, key, newKey }, { services, signal }) {
    if (newKey === key) throw alreadyThere(newKey);
    await services.sources.checkExists(namespace);
    await services.moves.renameKey(namespace, key, newKey, signal);
    return { namespace, key: newKey };
  },
});

const alreadyThere = (key: string): KvError =>
  new KvError('conflict', vscode.l10n.t('“{0}” exists already. Choose another name, or delete it first.', key));
