import type { KvEntry, KvKeyInfo } from '../entry/entry.ts';
import { listKeys } from './listKeys.ts';
import type { KvReader, OnUnread } from './store.ts';
import { isCertainlyGone, notCertainlyAbsent } from './unread.ts';

/**
 * Every entry whose key has a prefix, in the order of the listing. Listing and reading overlap: while the entries of
 * one page are being used, those of the next page are read and the page after it is listed. Keys that vanish meanwhile
 * are left out. Keys that cannot be read, or that may not really be gone, are reported. Up to two pages of values are
 * in memory.
 */
export async function* readEntries(
  store: KvReader,
  prefix: string | undefined,
  signal?: AbortSignal,
  onUnread?: OnUnread,
): AsyncGenerator<KvEntry> {
  const pages = listKeys(store, prefix, signal)[Symbol.asyncIterator]();
  const readPage = async (): Promise<Reading | undefined> => {
    const { done, value } = await pages.next();
    return done ? undefined : begin(readListed(store, value, signal, onUnread));
  };
  let coming = readPage();
  let now: Reading | undefined;
  try {
    for (now = await coming; now; now = await coming) {
      // Starts reading as soon as the page is listed, whether or not the entries before it have been used.
      coming = readPage();
      coming.catch(() => {});
      yield* entriesOf(now);
    }
  } finally {
    await now?.entries.return?.();
    // The caller no longer wants these entries, so their errors are ignored.
    coming.then((reading) => reading?.entries.return?.()).catch(() => {});
  }
}

/** The entries of keys that a listing has just shown. Without `onUnread`, a key that cannot be read throws. */
export async function* readListed(
  store: KvReader,
  keys: readonly KvKeyInfo[],
  signal: AbortSignal | undefined,
  onUnread?: OnUnread,
): AsyncGenerator<KvEntry> {
  const open = new Map(keys.map((info) => [info.name, info]));
  const tell: OnUnread = (failure) => {
    open.delete(failure.key);
    if (!onUnread) throw failure.error;
    onUnread(failure);
  };
  const names = keys.map(({ name }) => name);
  for await (const entry of store.getMany(names, signal, tell)) {
    open.delete(entry.key);
    yield entry;
  }
  for (const info of open.values()) {
    if (isCertainlyGone(store, info)) continue;
    const again = await store.get(info.name, signal);
    if (again) yield again;
    else tell({ key: info.name, error: notCertainlyAbsent(info.name) });
  }
}

/** A bulk read that has been started. */
interface Reading {
  readonly entries: AsyncIterator<KvEntry>;
  readonly first: Promise<IteratorResult<KvEntry>>;
}

function begin(many: AsyncIterable<KvEntry>): Reading {
  const entries = many[Symbol.asyncIterator]();
  // A generator does nothing until its first item is requested.
  const first = entries.next();
  first.catch(() => {});
  return { entries, first };
}

async function* entriesOf({ entries, first }: Reading): AsyncGenerator<KvEntry> {
  for (let result = await first; !result.done; result = await entries.next()) yield result.value;
}
