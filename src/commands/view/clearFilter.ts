import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { namespaceOf } from '../../tree/nodes.ts';
import { only } from '../invocation/command.ts';
import { fields, namespaceField, optional } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { isKeyPress, rowOf } from '../invocation/resolve.ts';
import { ownTarget } from '../invocation/targets.ts';

interface ClearFilter {
  /** Every filtered namespace if absent. */
  readonly namespace?: NamespaceRef | undefined;
}

const filtered = ownTarget<ClearFilter>('rows', async (call) => {
  const row = rowOf(call);
  const namespace = row && namespaceOf(row)?.ref;
  return isKeyPress(call) && !namespace ? undefined : { namespace };
});

/** Shows all keys of a filtered namespace again. */
export const clearFilter = defineCommand<ClearFilter>('clearFilter', {
  args: fields({ namespace: optional(namespaceField) }),
  asked: only(filtered),
  async run({ namespace }, { services: { tree } }) {
    const namespaces = namespace ? [namespace] : tree.filtered.map(({ ref }) => ref);
    for (const one of namespaces) await tree.filter(await tree.namespaceRow(one), '');
  },
});
