import { chmod, mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import * as l10n from '@vscode/l10n';
import { KvError } from '../../base/errors.ts';
import { linkedFrom, permissionsOf } from '../../base/replacedFile.ts';
import type { JsonValue, KvEntry } from '../../entry/entry.ts';
import { isRawScalar } from '../../entry/metadataJson.ts';
import type { BulkOptions } from '../../store/store.ts';
import { partialName } from '../../text/partialName.ts';
import type { BulkPlace } from './bulkFormat.ts';
import { fileError } from './fileErrors.ts';
import { createWriter, type EntryWriter } from './writers.ts';

export interface Exported {
  readonly done: number;
  readonly cancelled: boolean;
  /** Keys whose metadata is not an object; because of them, `wrangler kv bulk put` refuses the whole file. */
  readonly notForWrangler: readonly string[];
}

/**
 * Writes entries to a file or folder: first next to its final place, then moved there once it is complete. If anything
 * fails, nothing is left behind under either name. Missing parent folders are created. An existing file is replaced,
 * but not a folder that is not empty. If the path is a link, its target is replaced. The result keeps the permissions
 * of what it replaces.
 */
export async function exportEntries(
  entries: AsyncIterable<KvEntry>,
  { path: given, format }: BulkPlace,
  { signal, report }: BulkOptions = {},
): Promise<Exported> {
  // A folder may be given with a slash at its end, and the temporary one must be next to it, not in it.
  const path = await linkedFrom(resolve(given));
  await checkPlace({ path, format });
  const mode = await permissionsOf(path);
  const partial = join(dirname(path), partialName(basename(path)));
  const notForWrangler: string[] = [];
  let done = 0;
  let writer: EntryWriter | undefined;
  let isWhole = false;
  let made: string | undefined;
  try {
    made = await mkdir(dirname(path), { recursive: true });
    writer = await createWriter({ path: partial, format });
    // Set before it has any content. A folder must stay writable for its owner.
    if (mode !== undefined) await chmod(partial, format === 'folder' ? mode | OWNER_ALL : mode);
    for await (const entry of entries) {
      if (signal?.aborted) break;
      await writer.add(entry);
      done++;
      if (!isForWrangler(entry.metadata)) notForWrangler.push(entry.key);
      report?.(done);
    }
    if (!signal?.aborted) {
      await writer.finish();
      if (format === 'folder') {
        if (mode !== undefined) await chmod(partial, mode);
        await rmdir(path).catch(() => undefined);
      }
      await rename(partial, path);
      isWhole = true;
    }
  } catch (error) {
    if (!signal?.aborted) throw fileError(path, error);
  } finally {
    await writer?.close().catch(() => undefined);
    if (!isWhole) {
      await rm(partial, { recursive: true, force: true }).catch(() => undefined);
      if (made !== undefined) await removeEmpty(dirname(path), made).catch(() => undefined);
    }
  }
  return isWhole ? { done, cancelled: false, notForWrangler } : { done: 0, cancelled: true, notForWrangler: [] };
}

/** Removes empty folders, from `folder` up to the topmost one that was created. Rejects at the first that is in use. */
async function removeEmpty(folder: string, made: string): Promise<void> {
  await rmdir(folder);
  if (folder.length > made.length) await removeEmpty(dirname(folder), made);
}

const isForWrangler = (metadata: JsonValue | undefined): boolean =>
  metadata === undefined || (typeof metadata === 'object' && !isRawScalar(metadata));

const OWNER_ALL = 0o700;

async function checkPlace({ path, format }: BulkPlace): Promise<void> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch {
    // Usually the folder does not exist, which is fine. Any other problem shows when it is written.
    return;
  }
  const name = basename(path);
  if (isFolder !== (format === 'folder')) {
    throw new KvError(
      'invalidInput',
      isFolder
        ? l10n.t('Nothing was exported: {0} is a folder.', name)
        : l10n.t('Nothing was exported: {0} is a file, not a folder.', name),
    );
  }
  if (isFolder && (await readdir(path)).length > 0) {
    throw new KvError('conflict', l10n.t('Nothing was exported: the folder {0} is not empty.', name));
  }
}
