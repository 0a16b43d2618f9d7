import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KvEntry } from '../entry.ts';
import { lineText, parseLine, readLines } from '../undo/backupFormat.ts';
import type { EntrySource } from './putEntries.ts';

/**
 * Runs work on a source that costs requests so that it is read only once: the first pass over it is kept in a temporary
 * file of the owner alone, from which any later pass is read. The file is gone when the work ends.
 */
export async function withSpool<T>(source: EntrySource, work: (source: EntrySource) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'kv-spool-'));
  const path = join(folder, 'entries.ndjson');
  let isKept = false;
  try {
    return await work(async function* (signal) {
      if (isKept) {
        yield* readSpool(path);
        return;
      }
      const file = await open(path, 'w', 0o600);
      try {
        for await (const entry of source(signal)) {
          const { key, ...before } = entry;
          await file.appendFile(lineText({ key, before }));
          yield entry;
        }
        isKept = true;
      } finally {
        await file.close();
      }
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* readSpool(path: string): AsyncGenerator<KvEntry> {
  for await (const text of readLines(path)) {
    const line = parseLine(text);
    if (line?.before) yield { key: line.key, ...line.before };
  }
}
