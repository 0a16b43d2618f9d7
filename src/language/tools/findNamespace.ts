import { KvError } from '../../core/base/errors.ts';
import { namespaceLabel, shortText } from '../../core/store/names.ts';
import type { KvNamespace, KvSource } from '../../core/store/store.ts';
import { fitting } from './result.ts';

export interface Listed {
  readonly source: KvSource;
  readonly namespace: KvNamespace;
}

/** All namespaces of some sources, and the sources that could not be listed. */
export interface Listing {
  readonly all: readonly Listed[];
  readonly failed: readonly { readonly source: KvSource; readonly error: unknown }[];
}

export interface Wanted {
  /** A binding, title or id. */
  readonly namespace: string;
  readonly source?: string | undefined;
}

/** Whether a source is meant, by its id, its name, or its side. */
export const isMeant = ({ id, label, kind }: KvSource, named: string | undefined): boolean =>
  named === undefined || [id, label, kind].includes(named);

/** Where it is: members of every result about a single namespace. */
export const placeOf = ({ source, namespace }: Listed) => ({
  side: source.kind,
  namespace: shortText(namespaceLabel(namespace)),
  id: namespace.id,
  source: source.id,
  source_name: shortText(source.label),
});

/** Also includes what tells a namespace from others of the same name. */
export const described = (listed: Listed) => {
  const { title, id, bindings } = listed.namespace;
  const environments = [...new Set(bindings.flatMap(({ environment }) => environment ?? []))];
  return {
    ...placeOf(listed),
    ...(title !== id && { title: shortText(title) }),
    ...(environments.length > 0 && { environments }),
  };
};

/** Whether a user or a result may call a namespace by this name. */
const isCalled = (namespace: KvNamespace, named: string): boolean =>
  [namespace.id, namespace.title, shortText(namespaceLabel(namespace)), shortText(namespace.title)].includes(named) ||
  namespace.bindings.some(({ name }) => name === named);

/** The namespaces that are meant. */
export const matching = ({ namespace: named, source: place }: Wanted, { all }: Listing): readonly Listed[] =>
  all.filter(({ source, namespace }) => isMeant(source, place) && isCalled(namespace, named));

/** Bytes for the candidates in an error. */
const MOST_CANDIDATES = 4000;

/**
 * True if the name or id cannot mean another namespace as well: a source that did not answer may have one of the same
 * name.
 */
export function isCertain(wanted: Wanted, listing: Listing): boolean {
  const [first, other] = matching(wanted, listing);
  if (!first || other) return false;
  const isExact = wanted.namespace === first.namespace.id && wanted.source === first.source.id;
  return isExact || listing.failed.length === 0;
}

/** The single namespace that is meant. Throws `namespaceNotFound`, or `invalidInput` with the candidates. */
export function theOne(wanted: Wanted, listing: Listing): Listed {
  const found = matching(wanted, listing);
  const [first] = found;
  if (first && isCertain(wanted, listing)) return first;
  const named = JSON.stringify(shortText(wanted.namespace));
  const unlisted = listing.failed.map(({ source }) => JSON.stringify(shortText(source.label))).join(', ');
  if (first) {
    const candidates = found.map((one) => JSON.stringify(described(one)));
    const why =
      found.length > 1
        ? `${found.length} namespaces are called ${named}.`
        : `There may be more than one namespace called ${named}: ${unlisted} did not answer.`;
    throw new KvError(
      'invalidInput',
      `${why} Call again with the "id" of one of these as "namespace", and its "source" as "source": [${fitting(candidates, MOST_CANDIDATES).join()}]`,
    );
  }
  const at = wanted.source === undefined ? '' : ` in the source ${JSON.stringify(shortText(wanted.source))}`;
  throw new KvError(
    'namespaceNotFound',
    [
      `There is no KV namespace ${named}${at}. cloudflare_kv_list_namespaces lists those that there are.`,
      ...(unlisted === '' ? [] : [`Not all could be looked at: ${unlisted} did not answer.`]),
    ].join(' '),
  );
}
