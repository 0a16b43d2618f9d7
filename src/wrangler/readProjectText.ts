import { readFile, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import * as l10n from '@vscode/l10n';
import { KvError } from '../core/base/errors.ts';
import { isWithin, realOrSame } from '../core/base/paths.ts';

/** No file that people or build tools write comes close; going through more would hold everything up. */
const MOST_BYTES = 4_000_000;
/** How long to wait before an empty file is read again, in milliseconds. */
const PAUSES_MS = [20, 50, 100] as const;

/**
 * The text of a file that belongs to a project, such as a config. Most programs empty a file before they write it, so
 * an empty one is read again for a moment before it is taken for empty.
 *
 * Rejects with the error of the system, with `tooLarge` above 4 MB, and with `unsupported` for anything but a file: a
 * pipe, for example, may never end, and may have taken the place of a file since a search saw it. The same for what
 * lies in none of the folders `within` once all links are followed, if any are given.
 */
export async function readProjectText(path: string, within?: readonly string[]): Promise<string> {
  if (!(await mayBeRead(path, within))) throw new KvError('unsupported', leadsOut());
  for (const pause of PAUSES_MS) {
    const text = await readOnce(path);
    if (text !== '') return text;
    await wait(pause);
  }
  return await readOnce(path);
}

/** Whether a path lies in one of the folders once all links are followed; true if none are given. */
export async function mayBeRead(path: string, folders: readonly string[] | undefined): Promise<boolean> {
  if (folders === undefined) return true;
  const real = await realOrSame(path);
  return (await Promise.all(folders.map(realOrSame))).some((folder) => isWithin(real, folder));
}

export const leadsOut = (): string =>
  l10n.t('This leads out of the workspace, which is not trusted. Trust the workspace to use it.');

async function readOnce(path: string): Promise<string> {
  const found = await stat(path);
  if (!found.isFile() && !found.isDirectory()) throw new KvError('unsupported', l10n.t('This is not a file.'));
  if (found.size > MOST_BYTES) throw new KvError('tooLarge', l10n.t('The file is larger than 4 MB.'));
  // Reading a folder rejects with the error that says so.
  return await readFile(path, 'utf8');
}
