import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as l10n from '@vscode/l10n';
import { errnoOf, isFileMissing } from '../core/base/errno.ts';
import { errorText } from '../core/base/errors.ts';
import { isWithin } from '../core/base/paths.ts';
import type { SourceProblem } from '../core/store/store.ts';
import { FaultError } from './sqlite/fault.ts';
import type { NamespaceFiles } from './sqlite/protocol.ts';

/** Lists a folder. */
type List = (folder: string) => Promise<unknown>;

/** Why a folder cannot be read, as a sentence with its remedy; `undefined` if it can be read or does not exist. */
export async function folderProblem(folder: string, list: List = readdir): Promise<SourceProblem | undefined> {
  try {
    await list(folder);
    return undefined;
  } catch (error) {
    return isFileMissing(error) ? undefined : unreadableFolder(await culprit(folder, list), error);
  }
}

/** The same for a folder whose error is already known. */
export const unreadableFolder = (path: string, error: unknown): SourceProblem | undefined =>
  isFileMissing(error) ? undefined : { path, message: explain(errnoOf(error), error), isFolder: true };

/** The problem of a folder that a link places outside of an untrusted workspace. */
export const outsideProblem = (path: string): SourceProblem => ({
  path,
  message: l10n.t('This leads out of the workspace, which is not trusted. Trust the workspace to use it.'),
  isFolder: true,
});

/** Whether a folder that could not be read, with this error, has changed its state. Never asks one that timed out. */
export async function isMended(path: string, error: unknown, list: List = readdir): Promise<boolean> {
  // A call to such a folder never returns.
  if (errnoOf(error) === 'ETIMEDOUT') return false;
  const folder = basename(path) === '.wrangler' ? join(path, 'state', 'v3', 'kv') : path;
  return (await folderProblem(folder, list))?.message !== unreadableFolder(path, error)?.message;
}

/** The outermost part of a path that cannot be read. */
async function culprit(folder: string, list: List): Promise<string> {
  const parent = dirname(folder);
  if (parent === folder) return folder;
  const isReadable = await stat(parent).then(
    async (found) =>
      found.isDirectory() &&
      (await list(parent).then(
        () => true,
        () => false,
      )),
    () => false,
  );
  return isReadable ? folder : await culprit(parent, list);
}

function explain(errno: string | undefined, error: unknown): string {
  switch (errno) {
    case 'ELOOP':
      return l10n.t('This is a link that leads in a circle. Remove it.');
    case 'EACCES':
    case 'EPERM':
      return l10n.t('There is no permission to read this folder. Give your user access to it.');
    case 'ENOTDIR':
      return l10n.t('This is not a folder, and stands where wrangler keeps one. Move it elsewhere.');
    case 'ETIMEDOUT':
      return l10n.t('This folder does not answer. Look whether its drive is connected, then refresh.');
    default:
      return l10n.t('This folder cannot be read: {0}', errno ?? errorText(error));
  }
}

/**
 * Throws a {@link FaultError} if one of the files really lies outside of all these folders, because of a link somewhere
 * on its path. A file that does not exist counts as where it would be created.
 */
export async function checkInside(files: NamespaceFiles, folders: readonly string[]): Promise<void> {
  const paths = [files.database, files.blobs, files.lock].filter((path) => path !== '');
  for (const path of paths) {
    if (!(await isReallyInside(path, folders))) {
      throw new FaultError({ reason: 'outside', path, detail: 'a link leads out of the workspace' });
    }
  }
}

/** Whether a path, with all links followed, lies in one of the folders. */
export async function isReallyInside(path: string, folders: readonly string[]): Promise<boolean> {
  const real = await realOf(path);
  const roots = await Promise.all(folders.map(realOf));
  return real !== undefined && roots.some((root) => root !== undefined && isWithin(real, root));
}

/** The path with links followed as far as it exists; `undefined` if it leads nowhere or cannot be followed. */
async function realOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isFileMissing(error)) return undefined;
  }
  // Creating the file would follow a link even if its target does not exist.
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isThere || dirname(path) === path) return undefined;
  const parent = await realOf(dirname(path));
  return parent === undefined ? undefined : join(parent, basename(path));
}
