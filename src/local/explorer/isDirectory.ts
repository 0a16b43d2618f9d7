import { statSync } from 'node:fs';

/** False as well for what cannot be looked at: a link in a circle, the folder of another user. */
export function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}
