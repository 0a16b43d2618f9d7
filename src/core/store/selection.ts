import * as l10n from '@vscode/l10n';
import { throwIfCancelled } from '../base/cancel.ts';
import { KvError } from '../base/errors.ts';
import { slicesOf } from '../base/slicesOf.ts';
import type { KvEntry } from '../entry/entry.ts';
import { readEntries } from './readEntries.ts';
import type { KvReader, OnUnread } from './store.ts';

/** Keys are read in batches of this many. */
const BATCH = 1000;

/**
 * A selection of keys of one namespace: single keys, and all keys that begin with a prefix (the empty prefix for every
 * key).
 */
export interface Selection {
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
}

/** Every key. */
export const EVERYTHING: Selection = { keys: [], prefixes: [''] };

export const isEverything = ({ prefixes }: Selection): boolean => prefixes.includes('');

/** Removes the parts of a selection that another part of it covers. */
export function distinct({ keys, prefixes }: Selection): Selection {
  const outer = [...new Set(prefixes)].filter(
    (prefix, _, all) => !all.some((other) => other !== prefix && prefix.startsWith(other)),
  );
  return {
    keys: [...new Set(keys)].filter((key) => !outer.some((prefix) => key.startsWith(prefix))),
    prefixes: outer,
  };
}

/**
 * The entries of a {@link distinct} selection: first the single keys, then the prefixes one by one in listing order,
 * read while the next page is listed. Single keys that do not exist and keys that cannot be read are reported to
 * `onFailed`; without it, a key that cannot be read throws.
 */
export async function* selectedEntries(
  store: KvReader,
  { keys, prefixes }: Selection,
  signal?: AbortSignal,
  onFailed?: OnUnread,
): AsyncGenerator<KvEntry> {
  for (const asked of slicesOf(keys, BATCH)) {
    throwIfCancelled(signal);
    const missing = new Set(asked);
    const onUnread: OnUnread = (failure) => {
      missing.delete(failure.key);
      if (!onFailed) throw failure.error;
      onFailed(failure);
    };
    for await (const entry of store.getMany([...missing], signal, onUnread)) {
      missing.delete(entry.key);
      yield entry;
    }
    for (const key of missing) onFailed?.({ key, error: notThere(key) });
  }
  for (const prefix of prefixes) yield* readEntries(store, prefix, signal, onFailed);
}

/** The error for a single key that was to be copied but does not exist. */
export const notThere = (key: string): KvError =>
  new KvError('notFound', l10n.t('“{0}” does not exist: it was deleted or has expired.', key));
