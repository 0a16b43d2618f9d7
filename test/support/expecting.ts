import type { KvEntry } from '../../src/core/entry/entry.ts';
import { entryDigest } from '../../src/core/entry/entryDigest.ts';
import type { Expectation, KeyReview, KvReader } from '../../src/core/store/store.ts';

/**
 * An expectation that a store still holds `before`, and nothing at any other key. `after` is the result of the write,
 * without the keys that it deletes.
 */
export function expecting(
  store: KvReader,
  before: readonly (KvEntry | undefined)[] = [],
  after: readonly KvEntry[] = [],
  relied: readonly string[] = [],
): Expectation & { readonly reviews: string[][] } {
  const entries = new Map(before.flatMap((entry) => (entry ? [[entry.key, entry]] : [])));
  const made = new Map(after.map((entry) => [entry.key, entry]));
  const reviews: string[][] = [];
  const reviewOf = (key: string, now: KvEntry | undefined): KeyReview => {
    if (entryDigest(now) === entryDigest(entries.get(key))) return 'unchanged';
    return entryDigest(now) === entryDigest(made.get(key)) ? 'written' : 'moved';
  };
  return {
    reviews,
    entry: (key) => entries.get(key),
    relied,
    readAt: relied.length > 0 ? Number.NEGATIVE_INFINITY : performance.now(),
    async review(keys, signal) {
      reviews.push([...keys]);
      const now = new Map<string, KvEntry>();
      for await (const entry of store.getMany([...keys, ...relied], signal)) now.set(entry.key, entry);
      const isOff = relied.some((key) => reviewOf(key, now.get(key)) !== 'unchanged');
      return new Map(keys.map((key) => [key, isOff ? 'moved' : reviewOf(key, now.get(key))]));
    },
  };
}
