import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import type { KvReader, SourceKind } from '../../core/store/store.ts';
import { keyOf, type NamespaceRef } from '../../fs/kvUri.ts';
import type { Services } from '../../services.ts';
import { namespaceOf, type ParentNode } from '../../tree/nodes.ts';
import { pickKey } from '../../ui/pickKey.ts';
import { pickNamespace } from '../../ui/pickNamespace.ts';
import type { Input } from './arguments.ts';
import { keyArg, namespaceArg, optionalText } from './arguments.ts';
import type { Call } from './command.ts';

/*
 * What a command is about, found in a row, a document or by asking.
 */

export interface KeyTarget {
  readonly namespace: NamespaceRef;
  readonly key: string;
}

export const parseKeyTarget = (input: Input): KeyTarget => ({ namespace: namespaceArg(input), key: keyArg(input) });

/** The namespace of the row or document, else one of the given side is asked for. `undefined` when dismissed. */
export async function askNamespace(
  call: Call,
  services: Services,
  placeHolder?: string,
  side?: SourceKind,
): Promise<NamespaceRef | undefined> {
  const node = call.nodes.map(namespaceOf).find((found) => found !== undefined);
  if (node) return node.ref;
  const shown = call.uri && keyOf(call.uri);
  if (shown) return shown.namespace;
  const picked = await pickNamespace(
    services.sources,
    services.memory,
    placeHolder ?? vscode.l10n.t('Choose a namespace'),
    { side },
  );
  return picked && { source: picked.source, id: picked.id };
}

/** The namespace of the row, else asked for: what is done to all of it is not taken from the value that happens to be open. */
export const askWholeNamespace = (
  { nodes }: Call,
  services: Services,
  placeHolder: string,
): Promise<NamespaceRef | undefined> => askNamespace({ nodes }, services, placeHolder);

/** The call without a document that nobody pointed at: work on many keys is not taken to be about the one that is open. */
export const withoutActiveDocument = ({ nodes, uri, isOnlyActive }: Call): Call => ({
  nodes,
  ...(uri && !isOnlyActive && { uri }),
});

/** The key of the row or document, else asked for. `undefined` when dismissed. */
export async function askKey(call: Call, services: Services, placeHolder: string): Promise<KeyTarget | undefined> {
  const node = call.nodes.find((row) => row.kind === 'key');
  if (node) return { namespace: node.namespace.ref, key: node.key };
  const shown = call.uri && keyOf(call.uri);
  if (shown) return shown;
  const namespace = await askNamespace(call, services);
  if (!namespace) return undefined;
  const key = await pickKey(await services.sources.store(namespace), { placeHolder });
  return key === undefined ? undefined : { namespace, key };
}

/** Every key row of the call, else the key of its document. Throws `invalidInput` for keys of several namespaces. */
export function keysOfCall(call: Call): { namespace: NamespaceRef; keys: string[] } | undefined {
  const rows = call.nodes.filter((row) => row.kind === 'key');
  const [first] = rows;
  const shown = call.uri && keyOf(call.uri);
  if (!first) return shown && { namespace: shown.namespace, keys: [shown.key] };
  if (rows.some((row) => row.namespace !== first.namespace)) throw ofSeveralNamespaces();
  return { namespace: first.namespace.ref, keys: rows.map(({ key }) => key) };
}

/** The rows of a call are of more than one namespace, where that cannot be. */
export const ofSeveralNamespaces = (): KvError =>
  new KvError('invalidInput', vscode.l10n.t('Select keys of one namespace at a time.'));

/** The namespace or group row that a listing command is about; `undefined` when dismissed or not in the view. */
export async function askParent(call: Call, services: Services): Promise<ParentNode | undefined> {
  const [node] = call.nodes;
  if (node?.kind === 'namespace' || node?.kind === 'group') return node;
  if (node?.kind === 'more' || node?.kind === 'key' || node?.kind === 'note') {
    return node.parent.kind === 'source' ? undefined : node.parent;
  }
  const namespace = await askNamespace(call, services);
  return namespace && services.tree.find(namespace);
}

export interface ParentTarget {
  readonly namespace: NamespaceRef;
  readonly prefix?: string;
}

export function parseParentTarget(input: Input): ParentTarget {
  const prefix = optionalText(input, 'prefix');
  return { namespace: namespaceArg(input), ...(prefix !== undefined && { prefix }) };
}

export const storeOf = (services: Services, namespace: NamespaceRef): Promise<KvReader> =>
  services.sources.store(namespace);

/** Throws `readOnly`: where nothing can be written, nobody is asked what to write, and nothing is read for it. */
export function checkWritable({ sources }: Services, namespace: NamespaceRef): void {
  const reason = sources.readOnlyReason(namespace);
  if (reason !== undefined) throw new KvError('readOnly', reason);
}
