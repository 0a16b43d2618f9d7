import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { keyCount } from '../../core/store/names.ts';
import type { ParentNode } from '../../tree/nodes.ts';
import type { Run } from '../invocation/command.ts';
import { fields, namespaceField, optional, textField } from '../invocation/fields.ts';
import { type ParentTarget, parentOf, rowOf } from '../invocation/resolve.ts';
import { aNamespace, ownTarget } from '../invocation/targets.ts';

export interface LoadTarget {
  readonly node?: ParentNode;
  readonly target?: ParentTarget;
}

/** How far a level has been read. */
export interface Loaded {
  readonly keysRead: number;
  readonly rows: number;
  readonly more: boolean;
}

/** `{ namespace, prefix? }`. */
export const loadFields = fields(
  { namespace: namespaceField, prefix: optional(textField) },
  ({ namespace, prefix = '' }): LoadTarget => ({ target: { namespace, prefix } }),
);

/** The row below which to read: the clicked one, or its parent. */
export const shownParent = ownTarget<LoadTarget>('namespace', async (call, services) => {
  const row = rowOf(call);
  const node = row && parentOf(row);
  if (node) return { node };
  const target = await aNamespace({ question: vscode.l10n.t('Load keys of which namespace?') }).find(call, services);
  return target && { target };
});

export async function loadRows(
  { node, target }: LoadTarget,
  { services, signal, report }: Run,
  how: 'loadMore' | 'loadAll',
): Promise<Loaded> {
  if (target) await services.tree.namespaceRow(target.namespace);
  const parent = node ?? (target && (await services.tree.find(target.namespace, target.prefix)));
  if (!parent) throw new KvError('notFound', vscode.l10n.t('The view shows no such group. Refresh it first.'));
  await parent.level.first();
  await services.tree[how](parent, {
    signal,
    report: (read) => report(vscode.l10n.t('Loading keys: {0} read', keyCount(read))),
  });
  if (parent.level.error) throw parent.level.error;
  return { keysRead: parent.level.keysRead, rows: parent.level.rows.length, more: parent.level.hasMore };
}
