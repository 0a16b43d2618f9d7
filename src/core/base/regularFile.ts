import { constants } from 'node:fs';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';

/** Nothing is waited for, such as the other end of a pipe. Windows has no such flag. */
const AT_ONCE = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
/** No link is followed. Windows has no such flag either. */
const NO_LINK = constants.O_NOFOLLOW ?? 0;

/** A link, a folder, a pipe, a device. */
export class NotRegular extends Error {}

/** Opens an ordinary file for reading, to be closed by the caller. Throws {@link NotRegular} for anything else. */
export const openRegular = (path: string): Promise<FileHandle> => openChecked(path, lstat, AT_ONCE | NO_LINK);

/** The same; links are followed. */
export const openFollowing = (path: string): Promise<FileHandle> => openChecked(path, stat, AT_ONCE);

async function openChecked(path: string, statOf: typeof stat, flags: number): Promise<FileHandle> {
  if (!(await statOf(path)).isFile()) throw new NotRegular();
  const file = await open(path, flags);
  // Another may have come in its place.
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new NotRegular();
}
