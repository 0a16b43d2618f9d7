import type { KvEntry } from '../entry/entry.ts';
import { listKeys } from './listKeys.ts';
import type { KvReader } from './store.ts';

/**
 * Every entry whose key has a prefix, in the order of the listing. Listing and reading overlap: while the entries of one
 * page are used, those of the next are being read and the page after it is being listed. Keys that vanish meanwhile are
 * left out. Up to two pages of values are in memory.
 */
export async function* readEntries(
  store: KvReader,
  prefix: string | undefined,
  signal?: AbortSignal,
): AsyncGenerator<KvEntry> {
  const pages = listKeys(store, prefix, signal)[Symbol.asyncIterator]();
  const readPage = async (): Promise<Reading | undefined> => {
    const { done, value } = await pages.next();
    return done
      ? undefined
      : begin(
          store.getMany(
            value.map(({ name }) => name),
            signal,
          ),
        );
  };
  let coming = readPage();
  let now: Reading | undefined;
  try {
    for (now = await coming; now; now = await coming) {
      // Begins to read as soon as the page is listed, whether or not the entries before it have been used.
      coming = readPage();
      coming.catch(() => {});
      yield* entriesOf(now);
    }
  } finally {
    await now?.entries.return?.();
    // What the caller does not want any more ends unheard.
    coming.then((reading) => reading?.entries.return?.()).catch(() => {});
  }
}

/** A read of many keys that has been begun. */
interface Reading {
  readonly entries: AsyncIterator<KvEntry>;
  readonly first: Promise<IteratorResult<KvEntry>>;
}

function begin(many: AsyncIterable<KvEntry>): Reading {
  const entries = many[Symbol.asyncIterator]();
  // A generator does nothing before it is asked.
  const first = entries.next();
  first.catch(() => {});
  return { entries, first };
}

async function* entriesOf({ entries, first }: Reading): AsyncGenerator<KvEntry> {
  for (let result = await first; !result.done; result = await entries.next()) yield result.value;
}
