import { isUtf8 } from 'node:buffer';
import { type KvEntry, presentMetadata } from '../entry/entry.ts';
import { metadataText } from '../entry/metadataJson.ts';
import { type BatchLimits, inBatches } from '../store/batches.ts';
import { listKeys } from '../store/listKeys.ts';
import { readEntries } from '../store/readEntries.ts';
import type { KeyFailure, KvReader } from '../store/store.ts';
import type { Hit } from './hits.ts';
import type { Matcher, Result } from './matcher.ts';
import type { SearchedText } from './searchProtocol.ts';

export interface ValueMatch extends Pick<Hit, 'text'> {
  readonly key: string;
  /** Counts from 1; absent for a match in the metadata. */
  readonly line?: number;
  /** Counts from 1, in UTF-16 units, as editors do. */
  readonly column?: number;
}

/** What one step of a search found, and how many keys it went through. */
export interface Found<T> {
  readonly searched: number;
  readonly matches: readonly T[];
  /** Keys that were skipped because the expression takes too long on them. */
  readonly givenUp: readonly string[];
  /** Keys that could not be read. */
  readonly unread: readonly KeyFailure[];
}

/** Entries are matched in batches of up to this many entries or bytes of values. */
const BATCH: BatchLimits = { items: 100, bytes: 1_000_000 };

/** The keys whose names match, page by page. Ends early if the matcher has given up. */
export async function* searchKeys(
  store: KvReader,
  prefix: string | undefined,
  matcher: Matcher,
  signal?: AbortSignal,
): AsyncGenerator<Found<string>> {
  for await (const page of listKeys(store, prefix, signal)) {
    const names = page.map(({ name }) => name);
    const results = await matcher.find(names, 'whole', signal);
    const where = (is: (result: Result) => boolean): string[] =>
      names.slice(0, results.length).filter((_, at) => is(results[at]));
    yield {
      searched: results.length,
      matches: where((result) => result !== undefined && result.length > 0),
      givenUp: where((result) => result === undefined),
      unread: [],
    };
    if (matcher.hasGivenUp) return;
  }
}

/**
 * The matches in values and metadata, in key order. Values that are not UTF-8 text are not searched. Ends early if the
 * matcher has given up.
 */
export async function* searchValues(
  store: KvReader,
  prefix: string | undefined,
  matcher: Matcher,
  signal?: AbortSignal,
): AsyncGenerator<Found<ValueMatch>> {
  let unread: KeyFailure[] = [];
  const takeUnread = (): readonly KeyFailure[] => {
    const taken = unread;
    unread = [];
    return taken;
  };
  const read = readEntries(store, prefix, signal, (failure) => unread.push(failure));
  for await (const entries of inBatches(read, ({ value }) => value.length, BATCH)) {
    const parts = entries.flatMap(partsOf);
    const texts = parts.map(({ text }) => text);
    const results = await matcher.find(texts, 'lines', signal);
    const matched = parts.slice(0, results.length).map((part, at) => ({ ...part, hits: results[at] }));
    const beyond = parts[results.length]?.key;
    yield {
      searched: beyond === undefined ? entries.length : entries.findIndex(({ key }) => key === beyond),
      matches: matched.flatMap(({ key, isMetadata, hits = [] }) =>
        hits.map(({ text, ...place }) => (isMetadata ? { key, text } : { key, ...place, text })),
      ),
      givenUp: [...new Set(matched.flatMap(({ key, hits }) => (hits === undefined ? key : [])))],
      unread: takeUnread(),
    };
    if (matcher.hasGivenUp) return;
  }
  if (unread.length > 0) yield { searched: 0, matches: [], givenUp: [], unread: takeUnread() };
}

interface Part {
  readonly key: string;
  readonly text: SearchedText;
  readonly isMetadata: boolean;
}

function partsOf({ key, value, metadata }: KvEntry): readonly Part[] {
  const present = presentMetadata(metadata);
  return [
    ...(present === undefined ? [] : [{ key, text: metadataText(present), isMetadata: true }]),
    // The bytes are decoded in the thread that searches them: for the largest values, that would block the extension
    // host for too long.
    ...(isUtf8(value) ? [{ key, text: value, isMetadata: false }] : []),
  ];
}
