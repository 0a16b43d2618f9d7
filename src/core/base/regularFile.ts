import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';

/** Nothing is waited for, such as the other end of a pipe, and no link is followed. Windows has neither flag. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** A link, a folder, a pipe, a device. */
export class NotRegular extends Error {}

/** Opens an ordinary file for reading, to be closed by the caller. Throws {@link NotRegular} for anything else. */
export async function openRegular(path: string): Promise<FileHandle> {
  if (!(await lstat(path)).isFile()) throw new NotRegular();
  const file = await open(path, FLAGS);
  // Another may have come in its place.
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new NotRegular();
}
