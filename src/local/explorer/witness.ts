import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sameBytes } from '../../core/entry/entry.ts';
import { isBlobId } from '../sqlite/blobs.ts';
import type { SqliteClient } from '../sqlite/client.ts';
import { FaultError } from '../sqlite/fault.ts';
import type { NamespaceFiles } from '../sqlite/protocol.ts';
import type { Witness } from './canary.ts';

/** How far the clocks of two processes, or the times of a file system, may differ. */
const RECENT_MS = 10_000;
const TIME_DIGITS = 16;

/**
 * Looks for an entry through the open handle of the namespace; without SQLite, looks for its value among the newest
 * files.
 */
export const witnessIn =
  (client: SqliteClient) =>
  (files: NamespaceFiles): Witness =>
  async (key, value) => {
    try {
      const { entries } = await client.request('read', { files, keys: [key] });
      return entries.some((entry) => sameBytes(entry.value, value));
    } catch (error) {
      if (error instanceof FaultError && error.fault.reason === 'noSqlite') return await isInFiles(files.blobs, value);
      throw error;
    }
  };

/** The file name of a value ends with the time of its creation. */
async function isInFiles(folder: string, value: Uint8Array): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  const since = Date.now() - RECENT_MS;
  const recent = names.filter((name) => isBlobId(name) && Number.parseInt(name.slice(-TIME_DIGITS), 16) > since);
  for (const name of recent) {
    const bytes = await readFile(join(folder, name)).catch(() => undefined);
    if (bytes !== undefined && sameBytes(bytes, value)) return true;
  }
  return false;
}
