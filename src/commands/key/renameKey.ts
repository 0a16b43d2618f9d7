import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { shortText } from '../../core/store/names.ts';
import { inputNewKey } from '../../ui/inputKey.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { about } from '../invocation/command.ts';
import { fields, flagField, keyField, namespaceField, optional } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { orOfNamespace } from '../invocation/namespaceRow.ts';
import { aKey, storeOf } from '../invocation/targets.ts';

interface RenameKey extends KeyTarget {
  readonly newKey: string;
}

export const renameKey = defineCommand<RenameKey, KeyTarget>('renameKey', {
  args: fields({ namespace: namespaceField, key: keyField, newKey: keyField, confirm: optional(flagField) }),
  asked: orOfNamespace(
    'renameNamespace',
    about(
      aKey({ question: vscode.l10n.t('Rename which key?'), writes: true }),
      async ({ namespace, key, where }, services) => {
        const newKey = await inputNewKey({
          title: vscode.l10n.t('Rename “{0}” in {1}', shortText(key), where),
          value: key,
          store: await storeOf(services, namespace),
        });
        return newKey === undefined || newKey === key ? undefined : { namespace, key, newKey };
      },
    ),
  ),
  writes: ({ namespace, newKey }) => ({ namespace, keys: [newKey] }),
  async run({ namespace, key, newKey }, { services, signal }) {
    if (newKey === key) throw alreadyThere(newKey);
    await services.moves.renameKey(namespace, key, newKey, signal);
    return { namespace, key: newKey };
  },
});

const alreadyThere = (key: string): KvError =>
  new KvError('conflict', vscode.l10n.t('“{0}” exists already. Choose another name, or delete it first.', key));
