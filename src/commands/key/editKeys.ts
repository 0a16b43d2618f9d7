import { posix } from 'node:path';
import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { segmentToKey } from '../../core/keys/keyPath.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { KeptKeys } from '../../fs/keysDocument.ts';
import { prefixOf } from '../../tree/nodes.ts';
import { only } from '../invocation/command.ts';
import { checkEither, fields, keysField, namespaceField, optional, textField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { rowOf, selectedRowsOf } from '../invocation/resolve.ts';
import { ownTarget, someKeysOf } from '../invocation/targets.ts';

interface EditKeys {
  readonly namespace: NamespaceRef;
  readonly what: KeptKeys['what'];
}

/** One group or namespace, or keys. */
const edited = ownTarget<EditKeys>('keys', async (call, services) => {
  const parent = rowOf(call);
  if (parent?.kind === 'group' || parent?.kind === 'namespace') {
    const namespace = parent.kind === 'group' ? parent.namespace.ref : parent.ref;
    return { namespace, what: { prefix: prefixOf(parent) } };
  }
  if (selectedRowsOf(call).some(({ kind }) => kind !== 'key')) {
    throw new KvError('invalidInput', vscode.l10n.t('Select one group, or keys alone, to edit them as JSON.'));
  }
  const question = vscode.l10n.t('Edit which keys? Type the beginning of a key to search');
  const found = await someKeysOf({ question, takesDocument: false }).find(call, services);
  return found && { namespace: found.namespace, what: { keys: found.selection.keys } };
});

/** Opens many keys as one JSON document. Saving it shows a plan and then writes it. */
export const editKeys = defineCommand<EditKeys, { readonly uri: vscode.Uri }>('editKeys', {
  progress: vscode.l10n.t('Reading keys'),
  args: fields({ namespace: namespaceField, keys: optional(keysField), prefix: optional(textField) }, (given) => {
    checkEither(given, 'keys', 'prefix');
    const { namespace, keys, prefix = '' } = given;
    return { namespace, what: keys ? { keys } : { prefix } };
  }),
  asked: only(edited),
  async run({ namespace, what }, { services, signal }) {
    const uri = await services.keys.create(namespace, what, signal);
    // With this label the tab shows “user/.json”; from the path alone it would show “user%2F.json”.
    const label = segmentToKey(posix.basename(uri.path));
    await vscode.commands.executeCommand('vscode.open', uri, { preview: false }, label);
    return { uri };
  },
});
