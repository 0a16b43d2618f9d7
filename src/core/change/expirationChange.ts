import type { KvEntry } from '../entry/entry.ts';
import { notThere } from '../store/selection.ts';
import type { KeyChange } from './keyChange.ts';

/**
 * Gives a key another expiration (Unix seconds; `undefined` for none), with its value and metadata as they are. A
 * missing key fails with `notFound`.
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
