import { readlink, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { realOrSame } from './paths.ts';

/** The limit that Linux has. */
const MOST_LINKS = 40;
const PERMISSIONS = 0o777;

/** The target of the link at this path, or the path itself if it is not a link. The target need not exist. */
export async function linkedFrom(path: string): Promise<string> {
  let at = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    const target = await readlink(at).catch(() => undefined);
    if (target === undefined) return at;
    // A relative target starts from the real location of the folder that contains the link.
    at = resolve(await realOrSame(dirname(at)), target);
  }
  return path;
}

/** The permissions of a file or folder, to give to its replacement; `undefined` if it does not exist. */
export const permissionsOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mode }) => mode & PERMISSIONS,
    () => undefined,
  );
