import { stat } from 'node:fs/promises';
import { join } from 'node:path';

interface Written {
  readonly hash: string;
  /** Unix milliseconds; 0 where that cannot be seen. */
  readonly writtenAt: number;
}

/** Databases of a folder by their names, with the one that was written last first. Opens none. */
export async function lastWritten(folder: string, hashes: readonly string[]): Promise<readonly Written[]> {
  const timeOf = async (name: string): Promise<number> =>
    (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? 0;
  const found = await Promise.all(
    hashes.map(async (hash) => {
      const times = await Promise.all([timeOf(`${hash}.sqlite`), timeOf(`${hash}.sqlite-wal`)]);
      return { hash, writtenAt: Math.max(...times) };
    }),
  );
  return found.sort((a, b) => b.writtenAt - a.writtenAt);
}
