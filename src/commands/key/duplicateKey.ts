import * as vscode from 'vscode';
import { copyKey } from '../../core/change/renameKey.ts';
import { fullName, shortText } from '../../core/store/names.ts';
import { inputNewKey } from '../../ui/inputKey.ts';
import { keyArg } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askKey, type KeyTarget, parseKeyTarget, storeOf } from '../invocation/targets.ts';
import { showNewKey } from './showNewKey.ts';

interface DuplicateKey extends KeyTarget {
  readonly newKey: string;
}

export const duplicateKey = defineCommand<DuplicateKey, KeyTarget>('duplicateKey', {
  parse: (input) => ({ ...parseKeyTarget(input), newKey: keyArg(input, 'newKey') }),
  async ask(call, services) {
    const target = await askKey(call, services, vscode.l10n.t('Duplicate which key?'));
    if (!target) return undefined;
    const store = await storeOf(services, target.namespace);
    const title = vscode.l10n.t('Duplicate “{0}”', target.key);
    const newKey = await inputNewKey({ title, value: target.key, store });
    return newKey === undefined || newKey === target.key ? undefined : { ...target, newKey };
  },
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
