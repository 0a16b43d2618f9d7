import type * as vscode from 'vscode';
import { followToken } from '../core/base/cancel.ts';
import type { SourceRegistry } from '../core/store/sourceRegistry.ts';
import { valueUri } from '../fs/kvUri.ts';
import type { KeyNode } from './nodes.ts';
import { failedTooltip, keyTooltip } from './tooltips.ts';

/**
 * The command that opens a value. The value decides the editor, e.g. for an image without a file extension. Without a
 * value, opens the text editor.
 */
export type OpenCommand = (uri: vscode.Uri, value?: Uint8Array) => vscode.Command;

interface Host {
  readonly sources: SourceRegistry;
  readonly openCommand: OpenCommand;
}

/** Adds what needs the value of a key to its row: the tooltip, and the editor that a click opens. */
export async function resolveKey(
  item: vscode.TreeItem,
  node: KeyNode,
  { sources, openCommand }: Host,
  token: vscode.CancellationToken,
): Promise<void> {
  const uri = valueUri(node.namespace.ref, node.key);
  const followed = followToken(token);
  try {
    const { source } = node.namespace.parent;
    if (source.kind === 'remote') {
      // A remote value is read only when the user opens it: reads are billed, and its size is unknown.
      item.tooltip = keyTooltip(node, source, node.info);
      return;
    }
    const store = await sources.store(node.namespace.ref);
    const entry = await store.get(node.key, followed.signal);
    item.tooltip = keyTooltip(node, source, entry);
    item.command = openCommand(uri, entry?.value);
  } catch (error) {
    item.tooltip = failedTooltip(node, error);
    item.command = openCommand(uri);
  } finally {
    followed.dispose();
  }
}
