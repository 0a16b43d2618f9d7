import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** The real path of a path, as the system reports it for processes and mounts. The end of the path need not exist. */
export async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(await realPlace(above), basename(path));
  }
}
