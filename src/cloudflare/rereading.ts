import type { KvEntry } from '../core/entry/entry.ts';
import { entryDigest } from '../core/entry/entryDigest.ts';
import type { Expectation, KeyReview, KvStore } from '../core/store/store.ts';

/**
 * The expectation of a write that was given none. It is compared with nothing, but if its answer is lost, it is not
 * sent again if a read shows that it was done. `digestOf` returns the digest of what a key is to become.
 */
export const rereading = (
  store: Pick<KvStore, 'get' | 'getMany'>,
  digestOf: (key: string) => string | undefined,
): Expectation => ({
  entry: () => undefined,
  readAt: Number.POSITIVE_INFINITY,
  async review(keys, signal) {
    const found = new Map<string, KvEntry>();
    const [only] = keys;
    if (keys.length === 1 && only !== undefined) {
      const entry = await store.get(only, signal);
      if (entry) found.set(only, entry);
    } else {
      for await (const entry of store.getMany(keys, signal)) found.set(entry.key, entry);
    }
    return new Map(
      keys.map((key): [string, KeyReview] => [
        key,
        entryDigest(found.get(key)) === digestOf(key) ? 'written' : 'unchanged',
      ]),
    );
  },
});
