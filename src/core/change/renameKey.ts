import * as l10n from '@vscode/l10n';
import { KvError } from '../base/errors.ts';
import type { KvEntry } from '../entry/entry.ts';
import type { Changes, SingleOptions } from './changes.ts';
import type { KeyChange, Operation } from './keyChange.ts';

export interface CopyKeyOptions extends SingleOptions {
  /** Whether to replace an existing target; otherwise it is refused with `conflict`. */
  readonly overwrite: boolean;
}

/** Writes the whole entry of a key under another name in the same namespace. */
export async function copyKey(
  changes: Changes,
  operation: Operation,
  { from, to }: { readonly from: string; readonly to: string },
  { overwrite, ...options }: CopyKeyOptions,
): Promise<void> {
  await changes.together(operation, [targetOf(from, to, overwrite), { key: from, decide: () => 'none' }], options);
}

/** Copies before it deletes, so that an error in between leaves two keys rather than none. */
export async function renameKey(
  changes: Changes,
  operation: Operation,
  { from, to }: { readonly from: string; readonly to: string },
  { overwrite, ...options }: CopyKeyOptions,
): Promise<void> {
  if (from === to) return;
  const source: KeyChange = { key: from, after: to, decide: (now) => (now ? 'delete' : 'none') };
  await changes.together(operation, [targetOf(from, to, overwrite), source], options);
}

/** Writes an entry of another namespace under a key of this one. */
export async function putCopy(
  changes: Changes,
  operation: Operation,
  { entry, to }: { readonly entry: KvEntry | undefined; readonly to: string },
  { overwrite, ...options }: CopyKeyOptions,
): Promise<void> {
  const change: KeyChange = { key: to, decide: (now) => ({ entry: copyOf(entry, to, now, overwrite) }) };
  await changes.one(operation, change, options);
}

const targetOf = (from: string, to: string, overwrite: boolean): KeyChange => ({
  key: to,
  decide: (now, others) => ({ entry: copyOf(others.get(from), to, now, overwrite, from) }),
});

function copyOf(
  entry: KvEntry | undefined,
  to: string,
  now: KvEntry | undefined,
  overwrite: boolean,
  from = entry?.key ?? to,
): KvEntry {
  if (!entry) {
    throw new KvError('notFound', l10n.t('“{0}” does not exist any more. Refresh to see the keys as they are.', from));
  }
  if (now && !overwrite) throw existsAlready(to);
  return { ...entry, key: to };
}

/** The error if a key with this name already exists. */
export const existsAlready = (key: string): KvError =>
  new KvError('conflict', l10n.t('“{0}” exists already. Choose another name, or delete it first.', key));
