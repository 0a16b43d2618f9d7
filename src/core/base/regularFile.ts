import { constants } from 'node:fs';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';

/** Opens without waiting, for example for the other end of a pipe. Windows has no such flag. */
const AT_ONCE = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
/** Does not follow a link. Windows has no such flag either. */
const NO_LINK = constants.O_NOFOLLOW ?? 0;

/** Thrown for a link, a folder, a pipe or a device. */
export class NotRegular extends Error {}

/** Opens a regular file for reading; the caller closes it. Throws {@link NotRegular} for anything else. */
export const openRegular = (path: string): Promise<FileHandle> => openChecked(path, lstat, AT_ONCE | NO_LINK);

/** Like {@link openRegular}, but follows links. */
export const openFollowing = (path: string): Promise<FileHandle> => openChecked(path, stat, AT_ONCE);

async function openChecked(path: string, statOf: typeof stat, flags: number): Promise<FileHandle> {
  if (!(await statOf(path)).isFile()) throw new NotRegular();
  const file = await open(path, flags);
  // The file may have been replaced since it was checked.
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new NotRegular();
}
