import { type NamespaceRef, sameNamespace } from './namespaceRef.ts';
import type { KvBinding, KvNamespace } from './store.ts';

/** The namespaces that may stand for the same thing elsewhere, those of the other kind of source first. */
export interface Counterparts {
  /** The other sides: with the same id, or bound by the same name in the same environment of the same config. */
  readonly certain: readonly KvNamespace[];
  /** Only bound by the same name somewhere: to be offered with title, project and id, never to be taken unasked. */
  readonly possible: readonly KvNamespace[];
}

/** What the namespaces of `all` are to one of them. */
export function counterparts(of: NamespaceRef, all: readonly KvNamespace[]): Counterparts {
  const own = all.find((one) => sameNamespace(one, of));
  const places = new Set(own?.bindings.map(placeOf));
  const names = new Set(own?.bindings.map(({ name }) => name));
  const isCertain = ({ id, bindings }: KvNamespace): boolean =>
    id === of.id || bindings.some((binding) => places.has(placeOf(binding)));
  const others = all.filter((other) => !sameNamespace(other, of));
  const certain = others.filter(isCertain);
  const possible = others.filter(
    (other) => !certain.includes(other) && other.bindings.some(({ name }) => names.has(name)),
  );
  const otherKindFirst = (list: readonly KvNamespace[]): readonly KvNamespace[] => [
    ...list.filter(({ sourceKind }) => sourceKind !== own?.sourceKind),
    ...list.filter(({ sourceKind }) => sourceKind === own?.sourceKind),
  ];
  return { certain: otherKindFirst(certain), possible: otherKindFirst(possible) };
}

/** Where a binding stands: the same name in another project or environment is another thing. */
const placeOf = ({ config, environment, name }: KvBinding): string =>
  JSON.stringify([config, environment ?? null, name]);
