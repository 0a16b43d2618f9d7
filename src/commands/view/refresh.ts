import * as vscode from 'vscode';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { Services } from '../../services.ts';
import type { ParentNode, SourceNode } from '../../tree/nodes.ts';
import { only } from '../invocation/command.ts';
import { fields, namespaceField, optional, textField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { parentOf, rowOf } from '../invocation/resolve.ts';
import { ownTarget } from '../invocation/targets.ts';

interface Refresh {
  readonly node?: SourceNode | ParentNode;
  readonly target?: Place;
}

interface Place {
  readonly namespace: NamespaceRef;
  readonly prefix?: string | undefined;
}

/** The clicked row, or everything. */
const refreshed = ownTarget<Refresh>('rows', async (call) => {
  const row = rowOf(call);
  const node = row?.kind === 'source' ? row : row && parentOf(row);
  return node ? { node } : {};
});

/** The group, or its namespace if the view does not have the group yet. Throws `namespaceNotFound`. */
async function shown({ namespace, prefix }: Place, { sources, tree }: Services): Promise<ParentNode> {
  // The namespace may have been created after its source was listed.
  if (!(await tree.find(namespace))) (await sources.source(namespace.source)).refresh?.();
  const row = await tree.namespaceRow(namespace);
  return (await tree.find(namespace, prefix)) ?? row;
}

/** Refreshes a row or namespace if given, otherwise everything, configs included. */
export const refresh = defineCommand<Refresh>('refresh', {
  progress: vscode.l10n.t('Refreshing'),
  args: fields({ namespace: optional(namespaceField), prefix: optional(textField) }, (given) => {
    const { namespace, prefix } = given;
    if (namespace) return { target: { namespace, prefix } };
    if (prefix !== undefined) namespaceField.read(namespace, 'namespace');
    return {};
  }),
  asked: only(refreshed),
  async run({ node, target }, { services }) {
    if (!node && !target) await services.projects.search();
    await services.tree.refresh(target ? await shown(target, services) : node);
  },
});
