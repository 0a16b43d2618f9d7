import * as l10n from '@vscode/l10n';
import { KvError } from '../base/errors.ts';
import type { KvKeyInfo } from '../entry/entry.ts';
import { clockOf } from '../entry/lifetimeClock.ts';
import { shortText } from './names.ts';
import type { KvReader } from './store.ts';

/**
 * The error for a key that is listed but not returned by a read. If reads may be older than the listing, that does not
 * mean that the key is absent (Workers KV documentation, "How KV works").
 */
export const notCertainlyAbsent = (key: string): KvError =>
  new KvError(
    'busy',
    l10n.t(
      '“{0}” is listed, but could not be read: it was written or deleted within the last minute. Try again in a minute.',
      shortText(key),
    ),
  );

/**
 * Whether a listed key that a read does not return is certainly gone: either this store's reads are never stale, or the
 * key has expired.
 */
export const isCertainlyGone = (store: KvReader, { expiration }: KvKeyInfo): boolean =>
  store.staleMs === undefined || (expiration !== undefined && hasCertainlyEnded(store, expiration));

/** False if the clock may be wrong. */
function hasCertainlyEnded(store: KvReader, expiration: number): boolean {
  const clock = clockOf(store);
  return clock.isKnown && expiration <= clock.now();
}
