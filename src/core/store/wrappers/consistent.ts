import { isKvError } from '../../base/errors.ts';
import { realTiming, type Timing } from '../../base/timing.ts';
import type { KvEntry } from '../../entry/entry.ts';
import type { Expectation, KvStore, ListQuery, OnUnread, WriteOptions, WriteOutcome } from '../store.ts';
import { Cursors } from './cursors.ts';
import { ForwardingStore } from './forwarding.ts';
import { mergePage } from './mergePage.ts';
import { RecentWrites, type SentWrite } from './recentWrites.ts';
import { SeenEntries, stateOf } from './seenEntries.ts';

/**
 * Adds read-your-writes to a store that is only eventually consistent. For 60 s after a write or delete, a read or
 * listing that shows exactly the state before it is answered from the write. Anything else is a change by somebody
 * else, and is shown. The state before is known from the write's expectation, or from reads through this wrapper; for a
 * key that was never read, only its absence counts as old. After a write whose answer is lost, reads show either state
 * as it is. A page may have a few keys more than requested: those that were just written.
 *
 * All users of a namespace must share one wrapper. Memory is bounded: if there are too many writes, the oldest are
 * forgotten.
 */
export const consistent = (store: KvStore, timing: Pick<Timing, 'now'> = realTiming): KvStore =>
  new ConsistentStore(store, timing);

/** The results of reads of more keys than this are not kept: nobody looks at each of so many keys before writing it. */
const MOST_NOTED = 100;

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
    if (!query.background) for (const info of merged.keys) this.#seen.addInfo(info);
    return merged;
  }

  override async get(key: string, signal?: AbortSignal): Promise<KvEntry | undefined> {
    return this.#answer(key, await this.store.get(key, signal));
  }

  override async *getMany(keys: readonly string[], signal?: AbortSignal, onUnread?: OnUnread): AsyncIterable<KvEntry> {
    const isBulk = keys.length > MOST_NOTED;
    let at = 0;
    /** Keys that could not be read, so their state is not known. */
    const unread = new Set<string>();
    const note: OnUnread = (failure, damaged) => {
      unread.add(failure.key);
      onUnread?.(failure, damaged);
    };
    const missingUntil = function* (this: ConsistentStore, end: number): Generator<KvEntry> {
      for (; at < end; at++) {
        const key = keys[at] ?? '';
        const entry = unread.has(key) ? undefined : this.#answer(key, undefined, isBulk);
        if (entry) yield entry;
      }
    }.bind(this);
    for await (const entry of this.store.getMany(keys, signal, onUnread && note)) {
      const place = keys.indexOf(entry.key, at);
      if (place > at) yield* missingUntil(place);
      at++;
      const answer = this.#answer(entry.key, entry, isBulk);
      if (answer) yield answer;
    }
    yield* missingUntil(keys.length);
  }

  override async put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    await this.#single(entry.key, entry, expected, () => this.store.put(entry, signal, expected));
  }

  override async delete(key: string, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    await this.#single(key, undefined, expected, () => this.store.delete(key, signal, expected));
  }

  override async putMany(entries: readonly KvEntry[], options?: WriteOptions): Promise<WriteOutcome> {
    const becomes = new Map(entries.map((entry) => [entry.key, entry]));
    return await this.#bulk(becomes, entries.length, options, () => this.store.putMany(entries, options));
  }

  override async deleteMany(keys: readonly string[], options?: WriteOptions): Promise<WriteOutcome> {
    const becomes = new Map(keys.map((key) => [key, undefined]));
    return await this.#bulk(becomes, keys.length, options, () => this.store.deleteMany(keys, options));
  }

  async #single(
    key: string,
    entry: KvEntry | undefined,
    expected: Expectation | undefined,
    write: () => Promise<void>,
  ): Promise<void> {
    const sent = this.#sending(key, entry, expected);
    try {
      await write();
    } catch (error) {
      if (isKvError(error) && !error.uncertain) sent.refused();
      else sent.lost();
      throw error;
    }
    sent.done();
    this.#seen.add(key, entry);
  }

  async #bulk(
    becomes: ReadonlyMap<string, KvEntry | undefined>,
    items: number,
    options: WriteOptions | undefined,
    write: () => Promise<WriteOutcome>,
  ): Promise<WriteOutcome> {
    const sent = [...becomes].map(([key, entry]) => ({
      key,
      entry,
      write: this.#sending(key, entry, options?.expected),
    }));
    let outcome: WriteOutcome;
    try {
      outcome = await write();
    } catch (error) {
      for (const one of sent) one.write.lost();
      throw error;
    }
    const { done, failed, untried = [] } = outcome;
    const failures = new Map(failed.map((failure) => [failure.key, failure]));
    const left = new Set(untried);
    const isWhole = done + failed.length + untried.length === items;
    for (const { key, entry, write: one } of sent) {
      const failure = failures.get(key);
      if (left.has(key) || (failure && !failure.uncertain)) {
        one.refused();
      } else if (failure || !isWhole) {
        one.lost();
      } else {
        one.done();
        this.#seen.add(key, entry);
      }
    }
    return outcome;
  }

  #sending(key: string, entry: KvEntry | undefined, expected: Expectation | undefined): SentWrite {
    return this.#recent.sending(key, entry, expected ? stateOf(expected.entry(key)) : this.#seen.get(key));
  }

  #answer(key: string, found: KvEntry | undefined, isBulk = false): KvEntry | undefined {
    const answer = this.#recent.isEmpty ? found : this.#recent.resolve(key, found);
    if (!isBulk) this.#seen.add(key, answer);
    return answer;
  }
}
