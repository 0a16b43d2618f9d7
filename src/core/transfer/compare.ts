import { throwIfCancelled } from '../base/cancel.ts';
import { type KvEntry, sameBytes } from '../entry/entry.ts';
import { aboutText } from '../entry/entryDigest.ts';
import { compareUtf8 } from '../keys/utf8Order.ts';
import { listKeys } from '../store/listKeys.ts';
import { EVERYTHING, type Selection } from '../store/selection.ts';
import type { KvReader } from '../store/store.ts';
import { EntriesByKey } from './entriesByKey.ts';
import { type KeyPair, mergeKeys } from './mergeKeys.ts';

/** What would make the right side like the left one: `add` is only left, `remove` only right. */
export interface ComparisonCounts {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
  readonly same: number;
}

export interface Difference {
  readonly kind: 'add' | 'change' | 'remove';
  readonly key: string;
}

export interface ComparisonOptions {
  /** Only these keys; a {@link distinct} selection. */
  readonly selection?: Selection | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after every batch. */
  readonly report?: (counts: ComparisonCounts) => void;
}

/** Keys that are compared together; the values of the next batch are on their way meanwhile. */
const BATCH_KEYS = 500;

/**
 * Compares two namespaces: their listings first, then the values of those keys alone whose metadata and expiration are
 * equal. Iterate it once; the differences come in UTF-8 byte order, single keys of a selection before its prefixes, and
 * `counts` tells what was compared so far.
 */
export class Comparison implements AsyncIterable<Difference> {
  readonly #left: KvReader;
  readonly #right: KvReader;
  readonly #options: ComparisonOptions;
  readonly #counts = { add: 0, change: 0, remove: 0, same: 0 };
  readonly #asked: ReadonlySet<string>;
  readonly #missing: string[] = [];

  constructor(left: KvReader, right: KvReader, options: ComparisonOptions = {}) {
    this.#left = left;
    this.#right = right;
    this.#options = options;
    this.#asked = new Set(options.selection?.keys);
  }

  /** Single keys of the selection that the left side does not have. */
  get missing(): readonly string[] {
    return this.#missing;
  }

  get counts(): ComparisonCounts {
    return { ...this.#counts };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Difference> {
    const { signal, report } = this.#options;
    let now: Batch | undefined;
    let next: Batch | undefined;
    try {
      for await (const batch of inBatches(this.#pairs())) {
        next = new Batch(batch, this.#left, this.#right, signal);
        if (now) yield* this.#count(now);
        now = next;
        report?.(this.counts);
      }
      if (now) yield* this.#count(now);
      report?.(this.counts);
    } finally {
      await Promise.all([now?.close(), next?.close()]);
    }
  }

  async *#pairs(): AsyncGenerator<readonly KeyPair[]> {
    const { selection = EVERYTHING, signal } = this.#options;
    // Nothing is listed for single keys: what is known of both sides is the same, so their entries tell.
    yield [...this.#asked].sort(compareUtf8).map((key) => ({ key, left: { name: key }, right: { name: key } }));
    for (const prefix of [...selection.prefixes].sort(compareUtf8)) {
      yield* mergeKeys(listKeys(this.#left, prefix, signal), listKeys(this.#right, prefix, signal));
    }
  }

  async *#count(batch: Batch): AsyncGenerator<Difference> {
    for await (const { kind, key } of batch.results()) {
      throwIfCancelled(this.#options.signal);
      if ((kind === 'neither' || kind === 'remove') && this.#asked.has(key)) this.#missing.push(key);
      if (kind === 'neither') continue;
      this.#counts[kind]++;
      if (kind !== 'same') yield { kind, key };
    }
  }
}

interface Result {
  readonly kind: keyof ComparisonCounts | 'neither';
  readonly key: string;
}

/** Some keys of both listings; reading the values that decide begins at once. */
class Batch {
  readonly #pairs: readonly KeyPair[];
  readonly #left: EntriesByKey;
  readonly #right: EntriesByKey;

  constructor(pairs: readonly KeyPair[], left: KvReader, right: KvReader, signal: AbortSignal | undefined) {
    this.#pairs = pairs;
    const open = pairs.filter(isOpen).map(({ key }) => key);
    this.#left = new EntriesByKey(left, open, signal);
    this.#right = new EntriesByKey(right, open, signal);
  }

  async *results(): AsyncGenerator<Result> {
    for (const pair of this.#pairs) {
      const { key } = pair;
      if (!isOpen(pair)) {
        yield { key, kind: pair.left === undefined ? 'remove' : pair.right === undefined ? 'add' : 'change' };
        continue;
      }
      const [left, right] = await Promise.all([this.#left.take(key), this.#right.take(key)]);
      if (left && right) yield { key, kind: sameEntry(left, right) ? 'same' : 'change' };
      // It vanished since it was listed, or was never there.
      else yield { key, kind: left ? 'add' : right ? 'remove' : 'neither' };
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#left.close(), this.#right.close()]);
  }
}

/** Whether only the values can tell whether a key is the same on both sides. */
const isOpen = ({ left, right }: KeyPair): boolean =>
  left !== undefined && right !== undefined && aboutText(left) === aboutText(right);

const sameEntry = (left: KvEntry, right: KvEntry): boolean =>
  sameBytes(left.value, right.value) && aboutText(left) === aboutText(right);

async function* inBatches(lists: AsyncIterable<readonly KeyPair[]>): AsyncGenerator<readonly KeyPair[]> {
  let batch: KeyPair[] = [];
  for await (const list of lists) {
    for (const pair of list) {
      batch.push(pair);
      if (batch.length < BATCH_KEYS) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
