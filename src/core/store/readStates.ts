import { throwIfCancelled } from '../base/cancel.ts';
import { type KvEntry, type KvKeyInfo, nowSeconds } from '../entry/entry.ts';
import { MAX_PAGE } from '../entry/limits.ts';
import { compareUtf8 } from '../keys/utf8Order.ts';
import type { KvReader, OnUnread } from './store.ts';
import { notCertainlyAbsent } from './unread.ts';

/** Keys of one read, where a read is a request. */
const KEYS_PER_READ = 100;

/**
 * The entries of keys, by key; what is not there is not in the map. Where requests are what costs, a listing tells first
 * which keys exist, as long as that is cheaper than to read them all. A key that is listed and cannot be read is not
 * taken for absent: it goes to `onUnread`, as does one whose reading fails; without it, such a key ends the reading.
 */
export async function readStates(
  store: KvReader,
  keys: readonly string[],
  signal?: AbortSignal,
  onUnread?: OnUnread,
): Promise<Map<string, KvEntry>> {
  if (store.staleMs === undefined) return await readAll(store, keys, signal, onUnread);
  const sorted = [...new Set(keys)].sort(compareUtf8);
  const { listed, rest } =
    sorted.length > KEYS_PER_READ
      ? await listThem(store, sorted, signal)
      : { listed: new Map<string, KvKeyInfo>(), rest: sorted };
  const unread = new Set<string>();
  const tell: OnUnread = (failure) => {
    if (!onUnread) throw failure.error;
    unread.add(failure.key);
    onUnread(failure);
  };
  const found = await readAll(store, [...listed.keys(), ...rest], signal, tell);
  // What a listing shows is there, or was a minute ago: a read that does not is no proof.
  const doubtful = [...listed.values()].filter(({ name }) => !found.has(name) && !unread.has(name));
  const names = doubtful.map(({ name }) => name);
  for (const [key, entry] of await readAll(store, names, signal, tell)) found.set(key, entry);
  for (const { name: key, expiration = Number.POSITIVE_INFINITY } of doubtful) {
    if (!found.has(key) && !unread.has(key) && expiration > nowSeconds()) tell({ key, error: notCertainlyAbsent(key) });
  }
  return found;
}

async function readAll(
  store: KvReader,
  keys: readonly string[],
  signal: AbortSignal | undefined,
  onUnread?: OnUnread,
): Promise<Map<string, KvEntry>> {
  const found = new Map<string, KvEntry>();
  if (keys.length === 0) return found;
  for await (const entry of store.getMany(keys, signal, onUnread)) found.set(entry.key, entry);
  return found;
}

/** What listings show of keys that are sorted; `rest` are those that it did not come to at half the cost of reading all. */
async function listThem(
  store: KvReader,
  sorted: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ readonly listed: ReadonlyMap<string, KvKeyInfo>; readonly rest: readonly string[] }> {
  const wanted = new Set(sorted);
  const listed = new Map<string, KvKeyInfo>();
  const prefix = commonPrefix(sorted[0] ?? '', sorted.at(-1) ?? '');
  /** Of the keys so many have been passed. */
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

/** Of two keys and all that lie between them; whole characters. */
function commonPrefix(first: string, last: string): string {
  let length = 0;
  while (length < first.length && first[length] === last[length]) length++;
  const prefix = first.slice(0, length);
  return prefix.isWellFormed() ? prefix : prefix.slice(0, -1);
}
