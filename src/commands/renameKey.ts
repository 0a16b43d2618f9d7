import * as vscode from 'vscode';
import { KvError } from '../core/errors.ts';
import { renameKey as rename } from '../core/renameKey.ts';
import { valueUri } from '../fs/kvUri.ts';
import { shownUris } from '../fs/openDocuments.ts';
import { inputNewKey } from '../ui/inputKey.ts';
import { keyArg } from './arguments.ts';
import { defineCommand } from './invoke.ts';
import { askKey, type KeyTarget, parseKeyTarget, storeOf } from './targets.ts';

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
  async run({ namespace, key, newKey }, { services, signal }) {
    const store = await storeOf(services, namespace);
    const [from, to] = [valueUri(namespace, key), valueUri(namespace, newKey)];
    if (shownUris().some((uri) => uri.toString() === from.toString()))
      await renameShown(store, { from, to, key, newKey });
    else await rename(store, key, newKey, { overwrite: false, signal });
    return { namespace, key: newKey };
  },
});

/** Through VS Code, so that the open editor, its unsaved text included, goes over to the new key. */
async function renameShown(
  store: Awaited<ReturnType<typeof storeOf>>,
  { from, to, key, newKey }: { from: vscode.Uri; to: vscode.Uri; key: string; newKey: string },
): Promise<void> {
  if (await store.get(newKey)) {
    throw new KvError(
      'conflict',
      vscode.l10n.t('“{0}” exists already. Choose another name, or delete it first.', newKey),
    );
  }
  const edit = new vscode.WorkspaceEdit();
  edit.renameFile(from, to, { overwrite: false });
  if (!(await vscode.workspace.applyEdit(edit))) {
    throw new KvError('server', vscode.l10n.t('“{0}” was not renamed. The log says why.', key));
  }
}
