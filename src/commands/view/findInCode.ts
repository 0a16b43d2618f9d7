import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { shortText } from '../../core/store/names.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import type { CodeQuery } from '../../services.ts';
import { only } from '../invocation/command.ts';
import { fields, keyField, namespaceField, optional, textField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { isKeyPress, keyOfCall } from '../invocation/resolve.ts';
import { aNamespace, ownTarget, whereOf } from '../invocation/targets.ts';

/** The clicked key, group or namespace, that of the document, or a namespace that the user picks. */
const sought = ownTarget<CodeQuery>('rows', async (call, services) => {
  const key = keyOfCall(call);
  if (key || isKeyPress(call)) return key;
  const place = await aNamespace({ question: vscode.l10n.t('Find which namespace in code?') }).find(call, services);
  return place && { namespace: place.namespace, ...(place.prefix !== '' && { prefix: place.prefix }) };
});

/** Finds where the workspace's Worker code names a namespace, a group of keys or a key. */
export const findInCode = defineCommand<CodeQuery, readonly vscode.Location[]>('findInCode', {
  progress: vscode.l10n.t('Searching code'),
  args: fields({ namespace: namespaceField, key: optional(keyField), prefix: optional(textField) }, (given) => {
    if (given.key === undefined || given.prefix === undefined) return given;
    throw new KvError('invalidInput', vscode.l10n.t('Give either “{0}” or “{1}”.', 'key', 'prefix'));
  }),
  asked: only(sought),
  async run(query, { services, signal }) {
    return await services.findInCode(query, signal);
  },
  async tell(found, query, services) {
    const [first] = found;
    if (!first) {
      await vscode.window.showInformationMessage(withoutLinks(await nothingFound(query, services)));
      return;
    }
    const editor = await vscode.window.showTextDocument(first.uri, { selection: first.range });
    if (found.length === 1) return;
    await vscode.commands.executeCommand('editor.action.showReferences', editor.document.uri, first.range.start, [
      ...found,
    ]);
  },
});

async function nothingFound(
  { namespace, key, prefix }: CodeQuery,
  services: Parameters<typeof whereOf>[1],
): Promise<string> {
  const where = await whereOf(namespace, services);
  if (key !== undefined) return vscode.l10n.t('No Worker code names “{0}” of {1}.', shortText(key), where);
  if (prefix !== undefined)
    return vscode.l10n.t('No Worker code names keys of {1} that begin with “{0}”.', prefix, where);
  return vscode.l10n.t('No Worker code uses {0}.', where);
}
