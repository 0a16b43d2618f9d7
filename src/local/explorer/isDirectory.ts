import { statSync } from 'node:fs';

/** Also false for what cannot be inspected, such as a circular link or a folder of another user. */
export function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}
