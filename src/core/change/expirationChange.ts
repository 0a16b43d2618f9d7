import type { KvEntry } from '../entry/entry.ts';
import { notThere } from '../store/selection.ts';
import type { KeyChange } from './keyChange.ts';

/**
 * Changes only the expiration of a key (Unix seconds; `undefined` for none). Fails with `notFound` if the key is
 * missing.
 */
export const expirationChange = (key: string, expiration: number | undefined): KeyChange => ({
  key,
  decide(now) {
    if (!now) throw notThere(key);
    return now.expiration === expiration ? 'keep' : { entry: withExpiration(now, expiration) };
  },
});

const withExpiration = ({ expiration: _, ...entry }: KvEntry, expiration: number | undefined): KvEntry => ({
  ...entry,
  ...(expiration !== undefined && { expiration }),
});
