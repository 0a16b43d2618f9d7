import * as vscode from 'vscode';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { inputText } from '../../ui/inputText.ts';
import { about } from '../invocation/command.ts';
import { fields, namespaceField, optional, textField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aNamespace } from '../invocation/targets.ts';

interface Filter {
  readonly namespace: NamespaceRef;
  readonly prefix: string;
}

/** Shows only the keys of a namespace that begin with a prefix. Without a prefix, shows all again. */
export const filterByPrefix = defineCommand<Filter, Filter>('filterByPrefix', {
  args: fields({ namespace: namespaceField, prefix: optional(textField) }, ({ namespace, prefix = '' }) => ({
    namespace,
    prefix,
  })),
  asked: about(
    aNamespace({ question: vscode.l10n.t('Filter which namespace?') }),
    async ({ namespace, where }, { tree }) => {
      const node = await tree.find(namespace);
      const prefix = await inputText({
        title: vscode.l10n.t('Filter {0} by Prefix', where),
        prompt: vscode.l10n.t('Show only keys that begin with this. Leave it empty to show all.'),
        value: node?.kind === 'namespace' ? node.filter : '',
      });
      return prefix === undefined ? undefined : { namespace, prefix };
    },
  ),
  async run({ namespace, prefix }, { services }) {
    await services.tree.filter(await services.tree.namespaceRow(namespace), prefix);
    return { namespace, prefix };
  },
});
