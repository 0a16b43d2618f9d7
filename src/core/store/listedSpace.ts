import { presentMetadata } from '../entry/entry.ts';
import { byteLength } from '../entry/limits.ts';
import { metadataText } from '../entry/metadataJson.ts';
import type { Space, SpaceQuery } from '../space/space.ts';
import { SpaceTally } from '../space/spaceTally.ts';
import { listKeys } from './listKeys.ts';
import type { BulkOptions, KvReader } from './store.ts';

/** Summarizes a namespace from its listing: everything but the sizes of values. Rejects with kind `cancelled`. */
export async function listedSpace(
  store: KvReader,
  query: SpaceQuery,
  { signal, report }: BulkOptions = {},
): Promise<Space> {
  const tally = new SpaceTally(query);
  for await (const page of listKeys(store, query.prefix, signal)) {
    for (const { name, metadata, expiration } of page) {
      const present = presentMetadata(metadata);
      tally.add(name, undefined, present === undefined ? 0 : byteLength(metadataText(present)), expiration);
    }
    report?.(tally.keys);
  }
  return tally.result({ hasSizes: false });
}
