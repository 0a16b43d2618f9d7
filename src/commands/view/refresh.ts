import type { NamespaceRef } from '../../fs/kvUri.ts';
import type { ParentNode, SourceNode } from '../../tree/nodes.ts';
import { namespaceArg, optionalText } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';

interface Refresh {
  readonly node?: SourceNode | ParentNode;
  readonly target?: { readonly namespace: NamespaceRef; readonly prefix?: string | undefined };
}

/** Of everything, configs included, unless a row or namespace is given. */
export const refresh = defineCommand<Refresh>('refresh', {
  parse: (input) =>
    input.namespace === undefined
      ? {}
      : { target: { namespace: namespaceArg(input), prefix: optionalText(input, 'prefix') } },
  async ask(call) {
    const node = call.nodes.find((row) => row.kind === 'source' || row.kind === 'namespace' || row.kind === 'group');
    return node ? { node } : {};
  },
  async run({ node, target }, { services }) {
    if (!node && !target) await services.projects.search();
    await services.tree.refresh(node ?? (target && (await services.tree.find(target.namespace, target.prefix))));
  },
});
