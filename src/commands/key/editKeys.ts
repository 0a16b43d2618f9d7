import { posix } from 'node:path';
import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { segmentToKey } from '../../core/keys/keyPath.ts';
import type { KeptKeys } from '../../fs/keysDocument.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import { prefixOf } from '../../tree/nodes.ts';
import { pickKeys } from '../../ui/pickKey.ts';
import { keysArg, namespaceArg, optionalText } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { rowsOf } from '../invocation/selecting.ts';
import { askNamespace, keysOfCall, storeOf } from '../invocation/targets.ts';

interface EditKeys {
  readonly namespace: NamespaceRef;
  readonly what: KeptKeys['what'];
}

/** Many keys as one JSON document; saving it shows a plan, then writes that. */
export const editKeys = defineCommand<EditKeys, { readonly uri: vscode.Uri }>('editKeys', {
  progress: vscode.l10n.t('Reading keys'),
  parse(input) {
    if ((input.prefix === undefined) === (input.keys === undefined)) {
      throw new KvError('invalidInput', vscode.l10n.t('Give either “keys” or “prefix”.'));
    }
    const what =
      input.prefix === undefined ? { keys: keysArg(input) } : { prefix: optionalText(input, 'prefix') ?? '' };
    return { namespace: namespaceArg(input), what };
  },
  async ask(call, services) {
    const [row] = call.nodes;
    const rows = rowsOf(call);
    if (rows.length > 1 && rows.some(({ kind }) => kind !== 'key')) {
      throw new KvError('invalidInput', vscode.l10n.t('Select one group, or keys alone, to edit them as JSON.'));
    }
    if (row?.kind === 'group' || row?.kind === 'namespace') {
      const namespace = row.kind === 'group' ? row.namespace.ref : row.ref;
      return { namespace, what: { prefix: prefixOf(row) } };
    }
    const shown = row?.kind === 'key' ? keysOfCall(call) : undefined;
    if (shown) return { namespace: shown.namespace, what: { keys: shown.keys } };
    const namespace = await askNamespace(call, services, vscode.l10n.t('Edit keys of which namespace?'));
    if (!namespace) return undefined;
    const keys = await pickKeys(await storeOf(services, namespace), {
      placeHolder: vscode.l10n.t('Choose the keys to edit: type the beginning of a key to search'),
    });
    return keys && { namespace, what: { keys } };
  },
  async run({ namespace, what }, { services, signal }) {
    const uri = await services.keys.create(namespace, what, signal);
    // Its tab reads “user/.json” then, where its path would make it “user%2F.json”.
    const label = segmentToKey(posix.basename(uri.path));
    await vscode.commands.executeCommand('vscode.open', uri, { preview: false }, label);
    return { uri };
  },
});
