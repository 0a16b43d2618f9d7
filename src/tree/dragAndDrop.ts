import * as vscode from 'vscode';
import type { NamespaceRef } from '../core/store/namespaceRef.ts';
import { isOurs, keyOf, valueUri } from '../fs/kvUri.ts';
import { viewId } from '../ids.ts';
import { type GroupNode, isTreeNode, type KeyNode, namespaceOf, type TreeNode } from './nodes.ts';

const OWN_ROWS = `application/vnd.code.tree.${viewId.toLowerCase()}`;
const URI_LIST = 'text/uri-list';

/** A namespace, or a group in one. */
export interface DropPlace {
  readonly namespace: NamespaceRef;
  /** The prefix of the keys there; empty for a namespace. */
  readonly prefix: string;
}

/** Handles drops on a namespace. The view only says what was dropped where. */
export interface DropHost {
  dropKeys(rows: readonly (KeyNode | GroupNode)[], to: DropPlace): Promise<void>;
  dropFiles(files: readonly vscode.Uri[], to: DropPlace): Promise<void>;
}

/** Lets the user drag rows to a namespace or an editor, and files from the Explorer to a namespace. */
export function dragAndDrop(host: DropHost): vscode.TreeDragAndDropController<TreeNode> {
  return {
    dragMimeTypes: [URI_LIST],
    dropMimeTypes: [OWN_ROWS, URI_LIST],
    handleDrag(nodes, transfer) {
      const rows = nodes.filter((node) => node.kind === 'key' || node.kind === 'group');
      if (rows.length === 0) return;
      transfer.set(OWN_ROWS, new vscode.DataTransferItem(rows));
      const uris = rows.flatMap((row) => (row.kind === 'key' ? valueUri(row.namespace.ref, row.key).toString() : []));
      transfer.set(URI_LIST, new vscode.DataTransferItem(uris.join('\r\n')));
    },
    async handleDrop(target, transfer) {
      const to = target && placeOf(target);
      if (!to) return;
      const rows: unknown = transfer.get(OWN_ROWS)?.value;
      if (Array.isArray(rows)) {
        const keys = rows.filter(isTreeNode).filter((row) => row.kind === 'key' || row.kind === 'group');
        return host.dropKeys(keys, to);
      }
      const list = await transfer.get(URI_LIST)?.asString();
      const files = urisOf(list ?? '').filter((uri) => !isOurs(uri));
      if (files.length > 0) await host.dropFiles(files, to);
    },
  };
}

/** Dropping a key into an editor with Shift held inserts its name. */
export const registerDropIntoEditor = (): vscode.Disposable =>
  vscode.languages.registerDocumentDropEditProvider(
    // A pattern ranks above “*”, so this comes before VS Code's own edit, which inserts the URI.
    { pattern: '**' },
    {
      async provideDocumentDropEdits(_document, _position, transfer) {
        const uris = urisOf((await transfer.get(URI_LIST)?.asString()) ?? '');
        const names = uris.flatMap((uri) => keyOf(uri)?.key ?? []);
        if (names.length === 0 || names.length < uris.length) return undefined;
        return new vscode.DocumentDropEdit(
          names.join('\n'),
          vscode.l10n.t('Insert Key Name'),
          vscode.DocumentDropOrPasteEditKind.Text.append('kvKey'),
        );
      },
    },
    {
      dropMimeTypes: [URI_LIST],
      providedDropEditKinds: [vscode.DocumentDropOrPasteEditKind.Text.append('kvKey')],
    },
  );

/**
 * A drop on a key goes to its group, as one on a file goes to its folder. A filter limits only what is shown, so it
 * adds no prefix.
 */
function placeOf(target: TreeNode): DropPlace | undefined {
  const namespace = namespaceOf(target);
  if (!namespace) return undefined;
  const parent = target.kind === 'key' || target.kind === 'more' || target.kind === 'note' ? target.parent : target;
  return { namespace: namespace.ref, prefix: parent.kind === 'group' ? parent.prefix : '' };
}

const urisOf = (list: string): vscode.Uri[] =>
  list
    .split('\r\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => vscode.Uri.parse(line, true));
