import { type NamespaceRef, sameNamespace } from './namespaceRef.ts';
import type { KvBinding, KvNamespace } from './store.ts';

/** The namespaces elsewhere that may stand for the same thing. Those in the other kind of source come first. */
export interface Counterparts {
  /**
   * Certain counterparts: they have the same id, or are bound by the same name in the same environment of the same
   * config.
   */
  readonly certain: readonly KvNamespace[];
  /**
   * Namespaces that are only bound by the same name somewhere. Offer these with title, project and id; never use one
   * without asking.
   */
  readonly possible: readonly KvNamespace[];
}

/** Finds the counterparts of one namespace among `all`. */
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

/** The place of a binding. The same name in another project or environment means something else. */
const placeOf = ({ config, environment, name }: KvBinding): string =>
  JSON.stringify([config, environment ?? null, name]);
