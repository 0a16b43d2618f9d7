import { realpathSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';

/**
 * The way from a folder down to a path, empty for the folder itself; `undefined` for what lies elsewhere, on another
 * drive too. Both are absolute; links are not followed.
 */
export function wayDown(folder: string, path: string, on = { isAbsolute, relative, sep }): string | undefined {
  const way = on.relative(folder, path);
  const leadsOut = way === '..' || way.startsWith(`..${on.sep}`) || on.isAbsolute(way);
  return leadsOut ? undefined : way;
}

/** Whether a path is this folder itself, or lies in it. Both are absolute; links are not followed. */
export const isWithin = (path: string, folder: string): boolean => wayDown(folder, path) !== undefined;

/** With all links followed; the path itself where that cannot be, as where nothing is there. */
export const realOrSame = (path: string): Promise<string> => realpath(path).catch(() => path);

/** The same at once, and absolute. */
export function realOrSameSync(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return resolve(path);
  }
}
