import type { ChangeKind, Operation } from '../core/change/keyChange.ts';
import { fullName } from '../core/store/names.ts';
import type { NamespaceRef } from '../core/store/namespaceRef.ts';
import type { SourceRegistry } from '../core/store/sourceRegistry.ts';

/** An operation on a namespace. `label` gets the namespace's name: "SESSIONS (local, shop)". */
export async function operationIn(
  sources: SourceRegistry,
  namespace: NamespaceRef,
  kind: ChangeKind,
  label: (where: string) => string,
): Promise<Operation> {
  // A namespace that cannot be listed may still be writable.
  const described = await sources.describe(namespace).catch(() => undefined);
  return { kind, namespace, label: label(described ? fullName(described) : namespace.id) };
}
