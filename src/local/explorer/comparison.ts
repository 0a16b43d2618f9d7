import { isKvError, type KvError } from '../../core/base/errors.ts';
import type { Expectation } from '../../core/store/store.ts';
import { expectedVersions } from '../expectedVersions.ts';
import type { SqliteClient } from '../sqlite/client.ts';
import { FaultError } from '../sqlite/fault.ts';
import type { NamespaceFiles } from '../sqlite/protocol.ts';

/**
 * Finds the keys that no longer match what a write relies on, and those for which that cannot be read. Rejects if
 * nothing can be read at all.
 */
export type FindMoved = (
  keys: readonly string[],
  expected: Expectation,
  signal?: AbortSignal,
) => Promise<ReadonlyMap<string, 'moved' | KvError>>;

/** Reads the keys again. A key that already is as the write makes it counts as moved; writing it again does no harm. */
export const movedByReview: FindMoved = async (keys, expected, signal) => {
  const reviews = await expected.review(keys, signal);
  return new Map(
    keys.flatMap((key) => {
      const review = reviews.get(key) ?? 'moved';
      return review === 'moved' || isKvError(review) ? [[key, review]] : [];
    }),
  );
};

/** Compares versions in the files, which is fast and reads no value. Without SQLite the keys are read again. */
export const movedInFiles =
  (client: SqliteClient, locate: () => Promise<NamespaceFiles>): FindMoved =>
  async (keys, expected, signal) => {
    try {
      const files = await locate();
      const all = [...keys, ...(expected.relied ?? [])];
      const before = await expectedVersions(client, files, all, expected);
      const now = await client.request('versions', { files, keys: all });
      const hasMoved = (index: number): boolean => now[index] !== before[index];
      const isOff = all.some((_, index) => index >= keys.length && hasMoved(index));
      return new Map(keys.filter((_, index) => isOff || hasMoved(index)).map((key) => [key, 'moved']));
    } catch (error) {
      if (!(error instanceof FaultError) || error.fault.reason !== 'noSqlite') throw error;
      return await movedByReview(keys, expected, signal);
    }
  };
