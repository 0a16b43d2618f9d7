import type { KvEntry } from '../../src/core/entry/entry.ts';
import { entryDigest } from '../../src/core/entry/entryDigest.ts';
import { readStates } from '../../src/core/store/readStates.ts';
import type { Expectation, KeyReview, KvReader } from '../../src/core/store/store.ts';

/** What a test's write relies on, and which keys it was asked to read again. */
export interface Reliance extends Expectation {
  readonly reviewed: readonly (readonly string[])[];
}

/** Reads the keys as a change does before it writes. `after` gives what they will become; by default nothing. */
export async function relyOn(
  store: KvReader,
  keys: readonly string[],
  now: () => number,
  after: readonly KvEntry[] = [],
): Promise<Reliance> {
  const before = await readStates(store, keys);
  const becomes = new Map(after.map((entry) => [entry.key, entryDigest(entry)]));
  const reviewed: (readonly string[])[] = [];
  let readAt = now();
  const reviewOf = (key: string, digest: string | undefined): KeyReview => {
    if (digest === entryDigest(before.get(key))) return 'unchanged';
    return digest === becomes.get(key) ? 'written' : 'moved';
  };
  return {
    reviewed,
    entry: (key) => before.get(key),
    get readAt() {
      return readAt;
    },
    async review(some) {
      reviewed.push(some);
      const found = await readStates(store, some);
      readAt = now();
      return new Map(some.map((key) => [key, reviewOf(key, entryDigest(found.get(key)))]));
    },
  };
}
