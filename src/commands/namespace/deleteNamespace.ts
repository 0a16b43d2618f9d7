import * as vscode from 'vscode';
import { errorText, KvError } from '../../core/base/errors.ts';
import { nothingDone } from '../../core/change/nothingDone.ts';
import { firstPage } from '../../core/store/firstPage.ts';
import { fullName, keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { SourceKind } from '../../core/store/store.ts';
import { countText } from '../../core/text/countText.ts';
import type { Services } from '../../services.ts';
import type { NamespaceNode, TreeNode } from '../../tree/nodes.ts';
import { ask } from '../../ui/confirm.ts';
import { inputText } from '../../ui/inputText.ts';
import { about } from '../invocation/command.ts';
import { focusRow } from '../invocation/focusRow.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { neighbourAmong, rowOf } from '../invocation/resolve.ts';
import { aWholeNamespace, checkWritable, storeOf } from '../invocation/targets.ts';
import { exportFirst } from '../transfer/exportKeys.ts';
import { type WholeNamespace, wholeNamespaceArgs } from './wholeNamespace.ts';

interface DeleteNamespace extends WholeNamespace {
  /** Its row, so that the one beside it gets the focus afterwards. */
  readonly row?: TreeNode | undefined;
}

/** Deletes a namespace with every key. This cannot be undone, and the question says so. */
export const deleteNamespace = defineCommand<DeleteNamespace, NamespaceRef>('deleteNamespace', {
  progress: vscode.l10n.t('Deleting the namespace'),
  args: wholeNamespaceArgs,
  asked: about(
    aWholeNamespace({ question: vscode.l10n.t('Delete which namespace?'), writes: true }),
    ({ namespace }, _, call) => ({ namespace, row: rowOf(call) }),
  ),
  async run({ namespace, confirm, row }, run) {
    const { services, signal, waitFor } = run;
    const described = await services.sources.describe(namespace);
    const where = fullName(described);
    await checkWritable(services, namespace);
    if (!described.source.remove) {
      throw new KvError('unsupported', vscode.l10n.t('{0} cannot be deleted from here.', where));
    }
    const store = await storeOf(services, namespace);
    if (confirm !== true) {
      const page = await firstPage(store, {}, signal).catch((error: unknown) => {
        throw nothingDone(error, 'delete');
      });
      const count =
        page.cursor === undefined
          ? keyCount(page.keys.length)
          : vscode.l10n.t('{0}+ keys', countText(page.keys.length));
      const bound = described.namespace.bindings.length > 0;
      const question = vscode.l10n.t('Delete {0} with {1}?', where, count);
      const detail = [
        vscode.l10n.t('This cannot be undone.'),
        ...(bound ? [bindingStays(described.source.kind)] : []),
      ].join(' ');
      const asksToExport = page.keys.length > 0 || page.cursor !== undefined;
      const first = await waitFor(askToDelete(question, detail, asksToExport));
      if (first === undefined) return undefined;
      if (first === 'export') {
        if (!(await exportFirst(namespace, run))) return undefined;
        const then = await waitFor(askToDelete(question, detail, false));
        if (then === undefined) return undefined;
      }
      if (described.source.kind === 'remote' && !(await waitFor(typeTitle(described.namespace.title, where)))) {
        return undefined;
      }
    }
    const neighbour = row?.kind === 'namespace' ? await neighbourOf(row, services) : undefined;
    await described.source.remove(namespace.id);
    if (described.source.kind === 'remote') await letGoOfChanges(namespace, services);
    const isGone = !(await described.source.namespaces()).some(({ id }) => id === namespace.id);
    if (isGone) focusRow(neighbour, services);
    return namespace;
  },
});

/** Removes the journals of the namespace: one created anew has another id, so its changes can never be undone. */
async function letGoOfChanges({ source, id }: NamespaceRef, { journals, log }: Services): Promise<void> {
  try {
    for (const info of await journals.list()) {
      if (info.source !== source || info.namespace !== id || info.state === 'running') continue;
      await journals.remove(info.id);
    }
  } catch (error) {
    // The namespace is gone anyway. Journals that remain are passed over, and removed when they are too old.
    log.warn(errorText(error));
  }
}

/** The row to focus once this one is gone. */
async function neighbourOf(row: NamespaceNode, { tree }: Services): Promise<TreeNode> {
  return neighbourAmong(await tree.getChildren(row.parent), [row]) ?? row.parent;
}

/** The user's choice; `undefined` when dismissed. */
async function askToDelete(
  question: string,
  detail: string,
  asksToExport: boolean,
): Promise<'delete' | 'export' | undefined> {
  const remove = vscode.l10n.t('Delete Namespace');
  const exports = vscode.l10n.t('Export First…');
  const answer = await ask(question, detail, asksToExport ? [remove, exports] : [remove]);
  return answer === remove ? 'delete' : answer === exports ? 'export' : undefined;
}

const bindingStays = (side: SourceKind): string =>
  side === 'local'
    ? vscode.l10n.t('Its binding stays in the wrangler config, so it goes on being shown, empty.')
    : vscode.l10n.t('Its binding stays in the wrangler config: Workers that use it fail when they are deployed.');

/** The last question before a remote namespace is deleted; false when dismissed. */
async function typeTitle(title: string, where: string): Promise<boolean> {
  const typed = await inputText({
    title: vscode.l10n.t('Delete {0}', where),
    prompt: vscode.l10n.t('Type “{0}” to delete it for good.', title),
    validateInput: (text) => (text === '' || text === title ? undefined : vscode.l10n.t('This is not “{0}”.', title)),
  });
  return typed === title;
}
