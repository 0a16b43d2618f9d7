import type { SourceRegistry } from '../../core/store/sourceRegistry.ts';
import type { KvNamespace } from '../../core/store/store.ts';

/** A namespace that could not be read, so it may or may not have the key. */
export interface Unread {
  readonly namespace: KvNamespace;
  readonly error: unknown;
}

export interface Holders {
  readonly holding: readonly KvNamespace[];
  readonly unread: readonly Unread[];
}

/** Namespaces that have the key, and those that could not be read, both in the given order. */
export async function holders(
  namespaces: readonly KvNamespace[],
  key: string,
  sources: Pick<SourceRegistry, 'store'>,
): Promise<Holders> {
  const found = await Promise.all(
    namespaces.map(async (namespace): Promise<{ readonly holding: readonly KvNamespace[] } | Unread> => {
      try {
        const entry = await (await sources.store(namespace)).get(key);
        return { holding: entry ? [namespace] : [] };
      } catch (error) {
        return { namespace, error };
      }
    }),
  );
  return {
    holding: found.flatMap((one) => ('holding' in one ? one.holding : [])),
    unread: found.flatMap((one) => ('holding' in one ? [] : one)),
  };
}
