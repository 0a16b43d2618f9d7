import { realTiming, type Timing } from '../../base/timing.ts';
import type { KvEntry } from '../../entry/entry.ts';
import type { BulkOptions, BulkOutcome, KvStore, ListQuery } from '../store.ts';
import { Cursors } from './cursors.ts';
import { ForwardingStore } from './forwarding.ts';
import { mergePage } from './mergePage.ts';
import { RecentWrites } from './recentWrites.ts';
import { SeenEntries } from './seenEntries.ts';

/**
 * Read-your-writes over a store that is consistent only after a while: for 60 s after a write or delete, a read or list
 * that shows exactly what was there before is answered from the write. Anything else is a change that somebody else has
 * made, and is shown. What was there before is known from reads through this wrapper; of a key that was never read, only
 * its absence counts as old. A page may have a few keys more than asked for, those that were just written.
 *
 * One wrapper must serve all who use a namespace. Memory is bounded: of more writes than fit, the oldest are let go.
 */
export const consistent = (store: KvStore, timing: Pick<Timing, 'now'> = realTiming): KvStore =>
  new ConsistentStore(store, timing);

class ConsistentStore extends ForwardingStore {
  readonly #seen = new SeenEntries();
  readonly #recent: RecentWrites;
  readonly #cursors = new Cursors();

  constructor(store: KvStore, timing: Pick<Timing, 'now'>) {
    super(store);
    this.#recent = new RecentWrites(timing);
  }

  override async list(query: ListQuery, signal?: AbortSignal) {
    const page = await this.store.list(query, signal);
    const after = query.cursor === undefined ? '' : this.#cursors.lastBefore(query.cursor);
    if (page.cursor !== undefined) this.#cursors.add(page.cursor, page.keys.at(-1)?.name ?? after);
    const merged = this.#recent.isEmpty ? page : mergePage(page, { prefix: query.prefix ?? '', after }, this.#recent);
    for (const info of merged.keys) this.#seen.addInfo(info);
    return merged;
  }

  override async get(key: string, signal?: AbortSignal): Promise<KvEntry | undefined> {
    return this.#answer(key, await this.store.get(key, signal));
  }

  override async *getMany(keys: readonly string[], signal?: AbortSignal): AsyncIterable<KvEntry> {
    let at = 0;
    const missingUntil = function* (this: ConsistentStore, end: number): Generator<KvEntry> {
      for (; at < end; at++) {
        const entry = this.#answer(keys[at] ?? '', undefined);
        if (entry) yield entry;
      }
    }.bind(this);
    for await (const entry of this.store.getMany(keys, signal)) {
      const place = keys.indexOf(entry.key, at);
      if (place > at) yield* missingUntil(place);
      at++;
      const answer = this.#answer(entry.key, entry);
      if (answer) yield answer;
    }
    yield* missingUntil(keys.length);
  }

  override async put(entry: KvEntry, signal?: AbortSignal): Promise<void> {
    await this.store.put(entry, signal);
    this.#wrote(entry.key, entry);
  }

  override async delete(key: string, signal?: AbortSignal): Promise<void> {
    await this.store.delete(key, signal);
    this.#wrote(key, undefined);
  }

  override async putMany(entries: readonly KvEntry[], options?: BulkOptions): Promise<BulkOutcome> {
    const outcome = await this.store.putMany(entries, options);
    const byKey = new Map(entries.map((entry) => [entry.key, entry]));
    for (const key of written([...byKey.keys()], entries.length, outcome)) this.#wrote(key, byKey.get(key));
    return outcome;
  }

  override async deleteMany(keys: readonly string[], options?: BulkOptions): Promise<BulkOutcome> {
    const outcome = await this.store.deleteMany(keys, options);
    for (const key of written([...new Set(keys)], keys.length, outcome)) this.#wrote(key, undefined);
    return outcome;
  }

  #answer(key: string, found: KvEntry | undefined): KvEntry | undefined {
    const answer = this.#recent.isEmpty ? found : this.#recent.resolve(key, found);
    this.#seen.add(key, answer);
    return answer;
  }

  #wrote(key: string, entry: KvEntry | undefined): void {
    this.#recent.add(key, entry, this.#seen.get(key));
    this.#seen.add(key, entry);
  }
}

/**
 * The keys that a bulk operation has written. After a cancelled one that is known only where no key came twice: then it
 * is the first ones.
 */
function written(keys: readonly string[], items: number, { done, failed, cancelled }: BulkOutcome): readonly string[] {
  const failures = new Set(failed.map(({ key }) => key));
  if (cancelled && keys.length < items) return [];
  const handled = cancelled ? keys.slice(0, done + failed.length) : keys;
  return handled.filter((key) => !failures.has(key));
}
