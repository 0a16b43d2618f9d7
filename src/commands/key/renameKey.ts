import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { inputNewKey } from '../../ui/inputKey.ts';
import { keyArg } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askKey, type KeyTarget, parseKeyTarget, storeOf } from '../invocation/targets.ts';

interface RenameKey extends KeyTarget {
  readonly newKey: string;
}

export const renameKey = defineCommand<RenameKey, KeyTarget>('renameKey', {
  parse: (input) => ({ ...parseKeyTarget(input), newKey: keyArg(input, 'newKey') }),
  async ask(call, services) {
    const target = await askKey(call, services, vscode.l10n.t('Rename which key?'));
    if (!target) return undefined;
    const store = await storeOf(services, target.namespace);
    const newKey = await inputNewKey({ title: vscode.l10n.t('Rename “{0}”', target.key), value: target.key, store });
    return newKey === undefined || newKey === target.key ? undefined : { ...target, newKey };
  },
  writes: ({ namespace, newKey }) => ({ namespace, keys: [newKey] }),
  async run({ namespace, key, newKey }, { services, signal }) {
    if (newKey === key) throw alreadyThere(newKey);
    await services.moves.renameKey(namespace, key, newKey, signal);
    return { namespace, key: newKey };
  },
});

const alreadyThere = (key: string): KvError =>
  new KvError('conflict', vscode.l10n.t('“{0}” exists already. Choose another name, or delete it first.', key));
