import * as vscode from 'vscode';
import { copyKey } from '../../core/change/renameKey.ts';
import { fullName, shortText } from '../../core/store/names.ts';
import { inputNewKey } from '../../ui/inputKey.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { about } from '../invocation/command.ts';
import { fields, flagField, keyField, namespaceField, optional } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aKey, storeOf } from '../invocation/targets.ts';
import { showNewKey } from './showNewKey.ts';

interface DuplicateKey extends KeyTarget {
  readonly newKey: string;
}

export const duplicateKey = defineCommand<DuplicateKey, KeyTarget>('duplicateKey', {
  args: fields({ namespace: namespaceField, key: keyField, newKey: keyField, confirm: optional(flagField) }),
  asked: about(
    aKey({ question: vscode.l10n.t('Duplicate which key?'), writes: true }),
    async ({ namespace, key, where }, services) => {
      const newKey = await inputNewKey({
        title: vscode.l10n.t('Duplicate “{0}” in {1}', shortText(key), where),
        value: key,
        store: await storeOf(services, namespace),
      });
      return newKey === undefined || newKey === key ? undefined : { namespace, key, newKey };
    },
  ),
  writes: ({ namespace, newKey }) => ({ namespace, keys: [newKey] }),
  async run({ namespace, key, newKey }, { services, signal }) {
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
