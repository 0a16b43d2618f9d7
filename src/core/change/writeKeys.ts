import { isKvError, type KvError } from '../base/errors.ts';
import type { KvEntry } from '../entry/entry.ts';
import { entryDigest } from '../entry/entryDigest.ts';
import type { KeysPlan, OpenedDigests } from '../entry/keysDocument.ts';
import type { KvStore } from '../store/store.ts';
import type { BackupStore } from './undo/backup.ts';
import type { BackupSubject } from './undo/backupFormat.ts';

/** A plan held against what is stored now. */
export interface CheckedPlan extends KeysPlan {
  /** Keys that were changed elsewhere since the document was opened; they are in none of the lists. */
  readonly conflicts: readonly string[];
  /** Keys that are already as the document wants them; they are in none of the lists either. */
  readonly settled: readonly string[];
  /** What is there now, by key. */
  readonly before: ReadonlyMap<string, KvEntry>;
}

/** Asks the store about every key of the plan: a key that moved since it was opened is not written. */
export async function checkPlan(store: KvStore, plan: KeysPlan, opened: OpenedDigests): Promise<CheckedPlan> {
  const keys = keysOf(plan);
  const before = new Map<string, KvEntry>();
  for await (const entry of store.getMany(keys)) before.set(entry.key, entry);
  const wanted = new Map([...plan.changes, ...plan.additions].map((entry) => [entry.key, entryDigest(entry)]));
  const now = new Map(keys.map((key) => [key, entryDigest(before.get(key))]));
  const settled = keys.filter((key) => now.get(key) === wanted.get(key));
  const free = new Set(keys.filter((key) => now.get(key) === opened.get(key)));
  return {
    changes: plan.changes.filter(({ key }) => free.has(key)),
    additions: plan.additions.filter(({ key }) => free.has(key)),
    removals: plan.removals.filter((key) => free.has(key)),
    conflicts: keys.filter((key) => !free.has(key) && !settled.includes(key)),
    settled,
    before,
  };
}

/** Every key that a plan writes or removes. */
export const keysOf = ({ changes, additions, removals }: KeysPlan): readonly string[] => [
  ...[...changes, ...additions].map(({ key }) => key),
  ...removals,
];

/** Backs up what the plan writes over; `undefined` when that is larger than backups may be. */
export async function backUpPlan(
  backups: BackupStore,
  subject: Omit<BackupSubject, 'kind'>,
  { changes, additions, removals, before }: CheckedPlan,
): Promise<string | undefined> {
  const writer = await backups.begin({ ...subject, kind: 'import' });
  const stateOf = (key: string) => {
    const entry = before.get(key);
    if (!entry) return {};
    const { key: _, ...state } = entry;
    return { before: state };
  };
  try {
    for (const entry of [...changes, ...additions]) {
      const after = entryDigest(entry);
      await writer.add({ key: entry.key, ...stateOf(entry.key), ...(after !== undefined && { after }) });
    }
    for (const key of removals) await writer.add({ key, ...stateOf(key) });
    await writer.commit();
    return writer.id;
  } catch (error) {
    await writer.abandon();
    if (isKvError(error, 'tooLarge')) return undefined;
    throw error;
  }
}

/** Writes a plan; what failed, by key. Throws only when nothing was written before. */
export async function writePlan(
  store: KvStore,
  { changes, additions, removals }: KeysPlan,
): Promise<readonly { readonly key: string; readonly error: KvError }[]> {
  const puts = [...changes, ...additions];
  const written = puts.length > 0 ? (await store.putMany(puts)).failed : [];
  if (removals.length === 0) return written;
  try {
    return [...written, ...(await store.deleteMany(removals)).failed];
  } catch (error) {
    if (!isKvError(error) || written.length === puts.length) throw error;
    return [...written, ...removals.map((key) => ({ key, error }))];
  }
}
