import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { renameKey as rename } from '../../core/change/renameKey.ts';
import { fullName, shortText } from '../../core/store/names.ts';
import { entryUri, valueUri } from '../../fs/kvUri.ts';
import { shownUris } from '../../fs/openDocuments.ts';
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
    const [from, to] = [valueUri(namespace, key), valueUri(namespace, newKey)];
    if (isShown(from) || isShown(entryUri(namespace, key))) {
      if (await (await storeOf(services, namespace)).get(newKey, signal)) throw alreadyThere(newKey);
      await services.values.renameDocument(from, to);
    } else {
      const where = fullName(await services.sources.describe(namespace));
      const label = vscode.l10n.t('Renamed “{0}” to “{1}” in {2}', shortText(key), shortText(newKey), where);
      const keys = { from: key, to: newKey };
      await rename(services.changes, { kind: 'rename', namespace, label }, keys, { overwrite: false, signal });
    }
    return { namespace, key: newKey };
  },
});

const isShown = (uri: vscode.Uri): boolean => shownUris().some((shown) => shown.toString() === uri.toString());

const alreadyThere = (key: string): KvError =>
  new KvError('conflict', vscode.l10n.t('“{0}” exists already. Choose another name, or delete it first.', key));
