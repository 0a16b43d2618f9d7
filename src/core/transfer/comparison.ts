import { throwIfCancelled } from '../base/cancel.ts';
import { type KvEntry, type KvKeyInfo, sameBytes } from '../entry/entry.ts';
import { aboutText, entryDigest } from '../entry/entryDigest.ts';
import { compareUtf8 } from '../keys/utf8Order.ts';
import { listKeys } from '../store/listKeys.ts';
import { EVERYTHING, type Selection } from '../store/selection.ts';
import type { KeyFailure, KvReader } from '../store/store.ts';
import { isCertainlyGone, notCertainlyAbsent } from '../store/unread.ts';
import { EntriesByKey } from './entriesByKey.ts';
import { type KeyPair, mergeKeys } from './mergeKeys.ts';

/**
 * What would make the right side equal to the left: `add` counts keys only on the left, `remove` keys only on the
 * right.
 */
export interface ComparisonCounts {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
  readonly same: number;
}

export interface Difference {
  readonly kind: 'add' | 'change' | 'remove';
  readonly key: string;
  /**
   * What is known of the right side: the key is absent, the digest of its entry, or only its metadata and expiration.
   */
  readonly right: RightState;
}

export type RightState = 'absent' | { readonly digest: string | undefined } | { readonly about: string };

export interface ComparisonOptions {
  /** Compare only these keys; must be a {@link distinct} selection. */
  readonly selection?: Selection | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after every batch. */
  readonly report?: (counts: ComparisonCounts) => void;
}

/** Number of keys compared together. The values of the next batch are requested meanwhile. */
const BATCH_KEYS = 500;

/**
 * Compares two namespaces: first their listings, then the values of only those keys whose metadata and expiration are
 * equal. Iterate it once. The differences come in UTF-8 byte order, with the selection's single keys before its
 * prefixes; `counts` tells what has been compared so far.
 */
export class Comparison implements AsyncIterable<Difference> {
  readonly #left: KvReader;
  readonly #right: KvReader;
  readonly #options: ComparisonOptions;
  readonly #counts = { add: 0, change: 0, remove: 0, same: 0 };
  readonly #asked: ReadonlySet<string>;
  readonly #missing: string[] = [];
  readonly #unread: KeyFailure[] = [];

  constructor(left: KvReader, right: KvReader, options: ComparisonOptions = {}) {
    this.#left = left;
    this.#right = right;
    this.#options = options;
    this.#asked = new Set(options.selection?.keys);
  }

  /** Single keys of the selection that do not exist on the left side. */
  get missing(): readonly string[] {
    return this.#missing;
  }

  /** Keys that exist but could not be read on one of the sides; they are not compared. */
  get unread(): readonly KeyFailure[] {
    return this.#unread;
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
        next = new Batch(batch, { left: this.#left, right: this.#right, asked: this.#asked, signal });
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
    // Single keys are not listed. Both sides get the same info, so that their values are read and decide.
    yield [...this.#asked].sort(compareUtf8).map((key) => ({ key, left: { name: key }, right: { name: key } }));
    for (const prefix of [...selection.prefixes].sort(compareUtf8)) {
      yield* mergeKeys(listKeys(this.#left, prefix, signal), listKeys(this.#right, prefix, signal));
    }
  }

  async *#count(batch: Batch): AsyncGenerator<Difference> {
    for await (const { kind, key, right, failure } of batch.results()) {
      throwIfCancelled(this.#options.signal);
      if (failure) this.#unread.push(failure);
      if ((kind === 'neither' || kind === 'remove') && this.#asked.has(key)) this.#missing.push(key);
      if (kind === 'neither' || kind === 'unread') continue;
      this.#counts[kind]++;
      if (kind !== 'same') yield { kind, key, right };
    }
  }
}

interface Result {
  readonly kind: keyof ComparisonCounts | 'neither' | 'unread';
  readonly key: string;
  readonly right: RightState;
  readonly failure?: KeyFailure;
}

interface BatchParts {
  readonly left: KvReader;
  readonly right: KvReader;
  /** Single keys of the selection, which no listing has shown. */
  readonly asked: ReadonlySet<string>;
  readonly signal: AbortSignal | undefined;
}

/** A batch of keys from both listings. Starts at once to read the values that decide. */
class Batch {
  readonly #pairs: readonly KeyPair[];
  readonly #parts: BatchParts;
  readonly #left: EntriesByKey;
  readonly #right: EntriesByKey;

  constructor(pairs: readonly KeyPair[], parts: BatchParts) {
    this.#pairs = pairs;
    this.#parts = parts;
    const open = pairs.filter(isOpen).map(({ key }) => key);
    this.#left = new EntriesByKey(parts.left, open, parts.signal);
    this.#right = new EntriesByKey(parts.right, open, parts.signal);
  }

  async *results(): AsyncGenerator<Result> {
    for (const pair of this.#pairs) {
      const { key } = pair;
      if (!isOpen(pair)) {
        const kind = pair.left === undefined ? 'remove' : pair.right === undefined ? 'add' : 'change';
        yield { key, kind, right: pair.right === undefined ? 'absent' : { about: aboutText(pair.right) } };
        continue;
      }
      const [left, right] = await Promise.all([
        this.#entry(pair, this.#left, this.#parts.left, pair.left),
        this.#entry(pair, this.#right, this.#parts.right, pair.right),
      ]);
      const failure = failureIn(left) ?? failureIn(right);
      if (failure) yield { key, kind: 'unread', right: 'absent', failure };
      else yield { key, ...compared(entryIn(left), entryIn(right)) };
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#left.close(), this.#right.close()]);
  }

  /** The entry of a key on one side, or why it is not known. */
  async #entry({ key }: KeyPair, entries: EntriesByKey, store: KvReader, info: KvKeyInfo | undefined): Promise<Read> {
    const entry = await entries.take(key);
    if (entry) return { entry };
    const unread = entries.failure(key);
    if (unread) return { failure: unread };
    if (info === undefined || this.#parts.asked.has(key) || isCertainlyGone(store, info)) return {};
    const again = await store.get(key, this.#parts.signal);
    return again ? { entry: again } : { failure: { key, error: notCertainlyAbsent(key) } };
  }
}

type Read = { readonly entry?: KvEntry } | { readonly failure: KeyFailure };

const failureIn = (read: Read): KeyFailure | undefined => ('failure' in read ? read.failure : undefined);
const entryIn = (read: Read): KvEntry | undefined => ('entry' in read ? read.entry : undefined);

function compared(left: KvEntry | undefined, right: KvEntry | undefined): Pick<Result, 'kind' | 'right'> {
  const state: RightState = right ? { digest: entryDigest(right) } : 'absent';
  if (left && right) return { kind: sameEntry(left, right) ? 'same' : 'change', right: state };
  // The key vanished after it was listed, or never existed.
  return { kind: left ? 'add' : right ? 'remove' : 'neither', right: state };
}

/** Whether only the values can tell if a key is the same on both sides. */
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
