import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Where a path really leads, as the system tells of its processes and mounts; it need not exist as a whole. */
export async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(await realPlace(above), basename(path));
  }
}
