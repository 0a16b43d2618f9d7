import { readlink, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { realOrSame } from './paths.ts';

/** As many as Linux follows. */
const MOST_LINKS = 40;
const PERMISSIONS = 0o777;

/** Where a link leads that stands at this path, or the path; what it leads to need not be there. */
export async function linkedFrom(path: string): Promise<string> {
  let at = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    const target = await readlink(at).catch(() => undefined);
    if (target === undefined) return at;
    // A way up from a link begins where its folder really is.
    at = resolve(await realOrSame(dirname(at)), target);
  }
  return path;
}

/** Who may do what with a file or folder, for what takes its place; `undefined` where there is none. */
export const permissionsOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mode }) => mode & PERMISSIONS,
    () => undefined,
  );
