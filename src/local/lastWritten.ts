import { stat } from 'node:fs/promises';
import { join } from 'node:path';

interface Written {
  readonly hash: string;
  /** Unix milliseconds; 0 if unknown. */
  readonly writtenAt: number;
}

/** The databases of a folder by name, the last written first. Opens none. */
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
