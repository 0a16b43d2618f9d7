import type { NamespaceRef } from '../../fs/kvUri.ts';
import { namespaceArg } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';

interface Filtered {
  readonly namespaces: readonly NamespaceRef[];
}

/** Shows all keys of a filtered namespace again; without a row, of every one. */
export const clearFilter = defineCommand<Filtered>('clearFilter', {
  parse: (input) => ({ namespaces: [namespaceArg(input)] }),
  async ask({ nodes }, { tree }) {
    const rows = nodes.filter((node) => node.kind === 'namespace');
    return { namespaces: (rows.length > 0 ? rows : tree.filtered).map(({ ref }) => ref) };
  },
  async run({ namespaces }, { services: { tree } }) {
    for (const namespace of namespaces) await tree.filter(await tree.namespaceRow(namespace), '');
  },
});
