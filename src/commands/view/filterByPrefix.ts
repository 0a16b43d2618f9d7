import * as vscode from 'vscode';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import { namespaceArg, optionalText } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askNamespace } from '../invocation/targets.ts';

interface Filter {
  readonly namespace: NamespaceRef;
  readonly prefix: string;
}

/** Shows only keys that begin with a prefix under a namespace; an empty prefix shows all again. */
export const filterByPrefix = defineCommand<Filter, Filter>('filterByPrefix', {
  parse: (input) => ({ namespace: namespaceArg(input), prefix: optionalText(input, 'prefix') ?? '' }),
  async ask(call, services) {
    const namespace = await askNamespace(call, services, vscode.l10n.t('Filter which namespace?'));
    if (!namespace) return undefined;
    const node = await services.tree.find(namespace);
    const prefix = await vscode.window.showInputBox({
      title: vscode.l10n.t('Filter by Prefix'),
      prompt: vscode.l10n.t('Show only keys that begin with this. Leave it empty to show all.'),
      value: node?.kind === 'namespace' ? node.filter : '',
    });
    return prefix === undefined ? undefined : { namespace, prefix };
  },
  async run({ namespace, prefix }, { services }) {
    await services.tree.filter(await services.tree.namespaceRow(namespace), prefix);
    return { namespace, prefix };
  },
});
