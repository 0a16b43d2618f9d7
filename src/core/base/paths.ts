import { realpathSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';

/**
 * The relative path from a folder down to a path: empty for the folder itself, `undefined` if the path is not in the
 * folder, for example on another drive. Both must be absolute. Links are not followed.
 */
export function wayDown(folder: string, path: string, on = { isAbsolute, relative, sep }): string | undefined {
  const way = on.relative(folder, path);
  const leadsOut = way === '..' || way.startsWith(`..${on.sep}`) || on.isAbsolute(way);
  return leadsOut ? undefined : way;
}

/** Whether a path is the folder itself or lies inside it. Both must be absolute. Links are not followed. */
export const isWithin = (path: string, folder: string): boolean => wayDown(folder, path) !== undefined;

/**
 * The path with all links resolved, or unchanged if it cannot be resolved, for example because nothing exists there.
 */
export const realOrSame = (path: string): Promise<string> => realpath(path).catch(() => path);

/** Like {@link realOrSame}, but synchronous, and the result is always absolute. */
export function realOrSameSync(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return resolve(path);
  }
}
