import type { KvEntry } from '../../core/entry/entry.ts';
import { ttlEnd } from '../../core/entry/expiration.ts';

interface Given extends Pick<KvEntry, 'key'> {
  readonly value: string;
  readonly metadata: KvEntry['metadata'] | undefined;
  readonly expiration_ttl: number | null | undefined;
}

/**
 * The entry that a put should create: metadata and expiration that were not given stay as they are. `now` is in Unix
 * seconds.
 */
export function entryOf({ key, value, ...given }: Given, before: KvEntry | undefined, now: number): KvEntry {
  const metadata = given.metadata === undefined ? before?.metadata : given.metadata;
  const { expiration_ttl: ttl } = given;
  const expiration = ttl === undefined ? before?.expiration : ttl === null ? undefined : ttlEnd(ttl, now);
  return {
    key,
    value: Buffer.from(value, 'utf8'),
    ...(metadata !== undefined && metadata !== null && { metadata }),
    ...(expiration !== undefined && { expiration }),
  };
}
