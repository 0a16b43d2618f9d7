import type { NamespaceId } from './sourceRegistry.ts';
import type { KvNamespace } from './store.ts';

/**
 * The namespaces that stand for the same thing elsewhere, the other side's first: those with the same id in another
 * source, or with a binding of the same name.
 */
export function counterparts(of: NamespaceId, all: readonly KvNamespace[]): KvNamespace[] {
  const own = all.find(({ source, id }) => source === of.source && id === of.id);
  const names = new Set(own?.bindings.map(({ name }) => name));
  const others = all.filter(
    (other) => other !== own && (other.id === of.id || other.bindings.some(({ name }) => names.has(name))),
  );
  const isOtherSide = (other: KvNamespace): boolean => other.sourceKind !== own?.sourceKind;
  return [...others.filter(isOtherSide), ...others.filter((other) => !isOtherSide(other))];
}
