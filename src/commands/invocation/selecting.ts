import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import type { Selection } from '../../core/store/selection.ts';
import { distinct } from '../../core/store/selection.ts';
import type { SourceKind } from '../../core/store/store.ts';
import { keyOf, type NamespaceRef } from '../../fs/kvUri.ts';
import type { Services } from '../../services.ts';
import { namespaceOf, type ParentNode, prefixOf, type RowNode } from '../../tree/nodes.ts';
import { type Input, keysArg, namespaceArg, optionalText } from './arguments.ts';
import type { Call } from './command.ts';
import { askNamespace, ofSeveralNamespaces } from './targets.ts';

/** Keys that a bulk command reads. */
export interface Selected {
  readonly namespace: NamespaceRef;
  readonly selection: Selection;
}

/** `{ namespace, prefix? | keys? }`; every key when neither is given. */
export function parseSelected(input: Input): Selected {
  const prefix = optionalText(input, 'prefix');
  if (prefix !== undefined && input.keys !== undefined) {
    throw new KvError('invalidInput', vscode.l10n.t('Give either “keys” or “prefix”.'));
  }
  const selection =
    input.keys === undefined ? { keys: [], prefixes: [prefix ?? ''] } : { keys: keysArg(input), prefixes: [] };
  return { namespace: namespaceArg(input), selection };
}

/** A row that stands for keys. */
export type SelectedRow = ParentNode | RowNode;

export const rowsOf = ({ nodes }: Call): readonly SelectedRow[] =>
  nodes.filter((node): node is SelectedRow => ['namespace', 'group', 'key'].includes(node.kind));

/** What rows of one namespace stand for: of one that is filtered, what its filter lets through. */
export const selectionOf = (rows: readonly SelectedRow[]): Selection =>
  distinct({
    keys: rows.flatMap((row) => (row.kind === 'key' ? row.key : [])),
    prefixes: rows.flatMap((row) => (row.kind === 'key' ? [] : prefixOf(row))),
  });

/** The rows of the call (namespaces, groups and keys), its document, or a namespace and prefix that are asked for. */
export async function askSelected(
  call: Call,
  services: Services,
  placeHolder: string,
  side?: SourceKind,
): Promise<Selected | undefined> {
  const rows = rowsOf(call);
  const namespaces = new Set(rows.map(namespaceOf));
  if (namespaces.size > 1) throw ofSeveralNamespaces();
  const [namespace] = namespaces;
  if (namespace) return { namespace: namespace.ref, selection: selectionOf(rows) };
  const shown = call.uri && keyOf(call.uri);
  if (shown) return { namespace: shown.namespace, selection: { keys: [shown.key], prefixes: [] } };
  const ref = await askNamespace(call, services, placeHolder, side);
  if (!ref) return undefined;
  const prefix = await vscode.window.showInputBox({
    title: placeHolder,
    prompt: vscode.l10n.t('Only keys that begin with this; leave it empty for every key.'),
  });
  return prefix === undefined ? undefined : { namespace: ref, selection: { keys: [], prefixes: [prefix] } };
}
