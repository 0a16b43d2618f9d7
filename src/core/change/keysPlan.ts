import * as l10n from '@vscode/l10n';
import { KvError } from '../base/errors.ts';
import type { KvEntry } from '../entry/entry.ts';
import { entryDigest, sameMetadata } from '../entry/entryDigest.ts';
import type { KeysPlan, OpenedDigests } from '../entry/keysDocument.ts';
import { findListed } from '../store/findListed.ts';
import { shortText } from '../store/names.ts';
import { readListed } from '../store/readEntries.ts';
import type { KeyFailure, KvReader } from '../store/store.ts';
import type { KeyChange } from './keyChange.ts';

/** A plan compared with what is stored now. */
export interface CheckedPlan extends KeysPlan {
  /** Keys that were changed elsewhere since the document was opened. Not in any of the lists. */
  readonly conflicts: readonly string[];
  /** Keys that are already as the document wants them. Not in any of the lists either. */
  readonly settled: readonly string[];
  /** Keys that exist, as far as is known, but cannot be read. Not in any of the lists either. */
  readonly unread: readonly KeyFailure[];
  /** Keys that were read. */
  readonly present: ReadonlySet<string>;
  /** Size of the values that the plan overwrites or removes. */
  readonly bytes: number;
}

/** Reads every key of the plan. A key that has changed since the document was opened will not be written. */
export async function checkPlan(store: KvReader, plan: KeysPlan, opened: OpenedDigests): Promise<CheckedPlan> {
  const keys = keysOf(plan);
  const before = new Map<string, KvEntry>();
  const unread = new Map<string, KeyFailure>();
  const onUnread = (failure: KeyFailure): void => void unread.set(failure.key, failure);
  for await (const entry of store.getMany(keys, undefined, onUnread)) before.set(entry.key, entry);
  if (store.staleMs !== undefined) {
    const missing = keys.filter((key) => !before.has(key) && !unread.has(key));
    const listed = await findListed(store, missing);
    for await (const entry of readListed(store, [...listed.values()], undefined, onUnread))
      before.set(entry.key, entry);
  }
  const wanted = new Map(entriesOf(plan).map((entry) => [entry.key, entryDigest(entry)]));
  const now = new Map(keys.map((key) => [key, entryDigest(before.get(key))]));
  const known = keys.filter((key) => !unread.has(key));
  const settled = known.filter((key) => now.get(key) === wanted.get(key));
  const free = new Set(known.filter((key) => now.get(key) === opened.get(key)));
  return {
    ...onlyKeys(plan, free),
    conflicts: known.filter((key) => !free.has(key) && !settled.includes(key)),
    settled,
    unread: [...unread.values()],
    present: new Set(before.keys()),
    bytes: [...free].reduce((sum, key) => sum + (before.get(key)?.value.length ?? 0), 0),
  };
}

/**
 * The changes of a plan. Each overwrites only what the document was opened with. `present` are keys that were seen a
 * moment ago.
 */
export async function* planChanges(
  plan: KeysPlan,
  opened: OpenedDigests,
  present: ReadonlySet<string>,
): AsyncGenerator<KeyChange> {
  const changeTo = (key: string, entry: KvEntry | undefined): KeyChange => ({
    key,
    bytes: entry?.value.length ?? 0,
    isListed: present.has(key),
    decide(now) {
      const digest = entryDigest(now);
      if (digest === entryDigest(entry)) return 'keep';
      if (digest !== opened.get(key)) throw moved(key);
      return entry ? { entry: withTextOf(now, entry) } : 'delete';
    },
  });
  for (const entry of entriesOf(plan)) yield changeTo(entry.key, entry);
  for (const key of plan.removals) yield changeTo(key, undefined);
}

/** Keeps the existing metadata if it means the same, because it has the original text from the backend. */
function withTextOf(now: KvEntry | undefined, entry: KvEntry): KvEntry {
  const isSame = now?.metadata !== undefined && sameMetadata(now.metadata, entry.metadata);
  return isSame ? { ...entry, metadata: now.metadata } : entry;
}

/** The part of a plan that concerns these keys. */
export function onlyKeys({ changes, additions, removals }: KeysPlan, keys: ReadonlySet<string>): KeysPlan {
  return {
    changes: changes.filter(({ key }) => keys.has(key)),
    additions: additions.filter(({ key }) => keys.has(key)),
    removals: removals.filter((key) => keys.has(key)),
  };
}

/** Every key that a plan writes or removes. */
export const keysOf = (plan: KeysPlan): readonly string[] => [
  ...entriesOf(plan).map(({ key }) => key),
  ...plan.removals,
];

const entriesOf = ({ changes, additions }: KeysPlan): readonly KvEntry[] => [...changes, ...additions];

const moved = (key: string): KvError =>
  new KvError('conflict', l10n.t('“{0}” was left alone: it was changed elsewhere.', shortText(key)));
