import * as l10n from '@vscode/l10n';
import { KvError } from '../base/errors.ts';
import type { KvEntry } from '../entry/entry.ts';
import type { KvStore } from '../store/store.ts';

export interface CopyKeyOptions {
  /** Whether an existing target is replaced; refused with `conflict` otherwise. */
  readonly overwrite: boolean;
  readonly signal?: AbortSignal;
}

/** Writes the whole entry under another key, in the same store or another one; resolves to what was written. */
export async function copyKey(
  from: { readonly store: KvStore; readonly key: string },
  to: { readonly store: KvStore; readonly key: string },
  { overwrite, signal }: CopyKeyOptions,
): Promise<KvEntry> {
  const entry = await from.store.get(from.key, signal);
  if (!entry)
    throw new KvError(
      'notFound',
      l10n.t('“{0}” does not exist any more. Refresh to see the keys as they are.', from.key),
    );
  if (!overwrite && (await to.store.get(to.key, signal))) {
    throw new KvError('conflict', l10n.t('“{0}” exists already. Choose another name, or delete it first.', to.key));
  }
  const copy = { ...entry, key: to.key };
  await to.store.put(copy, signal);
  return copy;
}

/** Copies first and deletes then, so that an error in between leaves two keys and never none. */
export async function renameKey(store: KvStore, from: string, to: string, options: CopyKeyOptions): Promise<void> {
  if (from === to) return;
  await copyKey({ store, key: from }, { store, key: to }, options);
  await store.delete(from, options.signal);
}
