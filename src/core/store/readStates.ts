import { throwIfCancelled } from '../base/cancel.ts';
import type { KvEntry, KvKeyInfo } from '../entry/entry.ts';
import { entryDigest } from '../entry/entryDigest.ts';
import { MAX_PAGE } from '../entry/limits.ts';
import { commonPrefix } from '../keys/commonPrefix.ts';
import { compareUtf8 } from '../keys/utf8Order.ts';
import type { KvReader, OnUnread } from './store.ts';
import { isCertainlyGone, notCertainlyAbsent } from './unread.ts';

/** Keys per read, for stores where each read is a request. */
const KEYS_PER_READ = 100;

/**
 * The entries of keys, by key; missing keys are not in the map. If requests are what costs, the keys are listed first
 * to see which of them exist, as long as that is cheaper than reading them all. A key that is listed but cannot be read
 * does not count as missing: it is reported to `onUnread`, as is one whose read fails. Without `onUnread`, such a key
 * throws.
 */
export async function readStates(
  store: KvReader,
  keys: readonly string[],
  signal?: AbortSignal,
  onUnread?: OnUnread,
): Promise<Map<string, KvEntry>> {
  return await readBy(new Reading(store, (entry) => entry, { signal }), keys, onUnread);
}

/** What is kept of an entry without its value. */
export interface StateDigest {
  /** The result of `entryDigest`. */
  readonly digest: string | undefined;
  /** The size of the value. */
  readonly bytes: number;
  readonly expiration?: number | undefined;
}

/** Like {@link readStates}, but keeps only one value at a time in memory. */
export async function readDigests(
  store: KvReader,
  keys: readonly string[],
  signal?: AbortSignal,
  onUnread?: OnUnread,
): Promise<Map<string, StateDigest>> {
  const take = (entry: KvEntry): StateDigest => ({
    digest: entryDigest(entry),
    bytes: entry.value.length,
    expiration: entry.expiration,
  });
  return await readBy(new Reading(store, take, { signal }), keys, onUnread);
}

/**
 * Like {@link readStates}, but stops when the values reach this many bytes. `rest` has the keys that were not reached;
 * that is never all of them.
 */
export async function readSome(
  store: KvReader,
  keys: readonly string[],
  bytes: number,
  signal?: AbortSignal,
  onUnread?: OnUnread,
): Promise<{ readonly found: Map<string, KvEntry>; readonly rest: ReadonlySet<string> }> {
  const reading = new Reading(store, (entry) => entry, { signal, bytes });
  const found = await readBy(reading, keys, onUnread);
  return { found, rest: reading.rest };
}

async function readBy<T>(
  reading: Reading<T>,
  keys: readonly string[],
  onUnread: OnUnread | undefined,
): Promise<Map<string, T>> {
  const { store, signal, rest: unreached } = reading;
  const unread = new Set<string>();
  const tell: OnUnread = (failure, damaged) => {
    if (!onUnread) throw failure.error;
    unread.add(failure.key);
    unreached.delete(failure.key);
    onUnread(failure, damaged);
  };
  if (store.staleMs === undefined) {
    const found = await reading.read(keys, onUnread && tell);
    for (const key of unread) unreached.delete(key);
    return found;
  }
  const sorted = [...new Set(keys)].sort(compareUtf8);
  const { listed, rest } =
    sorted.length > KEYS_PER_READ
      ? await listThem(store, sorted, signal)
      : { listed: new Map<string, KvKeyInfo>(), rest: sorted };
  const found = await reading.read([...listed.keys(), ...rest], tell);
  for (const key of unread) unreached.delete(key);
  // A listed key exists, or existed a minute ago, so a read that does not find it proves nothing.
  const isOpen = (name: string): boolean => !found.has(name) && !unread.has(name) && !unreached.has(name);
  const doubtful = [...listed.values()].filter(({ name }) => isOpen(name));
  const names = doubtful.map(({ name }) => name);
  for (const [key, entry] of await reading.read(names, tell)) found.set(key, entry);
  for (const info of doubtful) {
    const key = info.name;
    if (isOpen(key) && !isCertainlyGone(store, info)) tell({ key, error: notCertainlyAbsent(key) });
  }
  return found;
}

interface ReadingOptions {
  readonly signal: AbortSignal | undefined;
  /** The most bytes that all values together may have. */
  readonly bytes?: number;
}

/** Reads entries, and keeps what `take` makes of each. */
class Reading<T> {
  readonly store: KvReader;
  readonly signal: AbortSignal | undefined;
  /** Keys that were not reached. */
  readonly rest = new Set<string>();
  readonly #take: (entry: KvEntry) => T;
  #room: number;

  constructor(
    store: KvReader,
    take: (entry: KvEntry) => T,
    { signal, bytes = Number.POSITIVE_INFINITY }: ReadingOptions,
  ) {
    this.store = store;
    this.signal = signal;
    this.#take = take;
    this.#room = bytes;
  }

  async read(keys: readonly string[], onUnread: OnUnread | undefined): Promise<Map<string, T>> {
    const found = new Map<string, T>();
    if (keys.length === 0) return found;
    for await (const entry of this.store.getMany(keys, this.signal, onUnread)) {
      found.set(entry.key, this.#take(entry));
      this.#room -= entry.value.length;
      if (this.#room > 0) continue;
      for (const key of keys.slice(keys.indexOf(entry.key) + 1)) if (!found.has(key)) this.rest.add(key);
      break;
    }
    return found;
  }
}

/**
 * Lists sorted keys. Stops when listing has cost half as much as reading all keys would; `rest` has the keys not
 * reached by then.
 */
async function listThem(
  store: KvReader,
  sorted: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ readonly listed: ReadonlyMap<string, KvKeyInfo>; readonly rest: readonly string[] }> {
  const wanted = new Set(sorted);
  const listed = new Map<string, KvKeyInfo>();
  const prefix = commonPrefix(sorted[0] ?? '', sorted.at(-1) ?? '');
  /** Number of keys that the listing has passed. */
  let passed = 0;
  let cursor: string | undefined;
  for (let pages = 0; pages < sorted.length / KEYS_PER_READ / 2; pages++) {
    const query = { limit: MAX_PAGE, ...(prefix !== '' && { prefix }), ...(cursor !== undefined && { cursor }) };
    const page = await store.list({ ...query, ...(pages > 0 && { background: true }) }, signal);
    throwIfCancelled(signal);
    for (const info of page.keys) if (wanted.has(info.name)) listed.set(info.name, info);
    ({ cursor } = page);
    const last = page.keys.at(-1)?.name;
    if (cursor === undefined) passed = sorted.length;
    else if (last !== undefined)
      while (passed < sorted.length && compareUtf8(sorted[passed] ?? '', last) <= 0) passed++;
    if (passed === sorted.length) break;
  }
  return { listed, rest: sorted.slice(passed) };
}
