import type * as vscode from 'vscode';
import { fullName } from '../../core/store/names.ts';
import type { SourceRegistry } from '../../core/store/sourceRegistry.ts';
import type { KvNamespace } from '../../core/store/store.ts';

/** A namespace in a list to choose from, with all that tells it from others of its name. */
export interface NamespaceChoice extends vscode.QuickPickItem {
  readonly one: KvNamespace;
}

/** Title, project or account, and id of each namespace. */
export const namespaceChoices = (
  namespaces: readonly KvNamespace[],
  sources: Pick<SourceRegistry, 'describe'>,
): Promise<NamespaceChoice[]> =>
  Promise.all(namespaces.map(async (one) => ({ label: fullName(await sources.describe(one)), detail: one.id, one })));
