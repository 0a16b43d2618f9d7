import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as l10n from '@vscode/l10n';
import { byteLines } from '../base/byteLines.ts';
import { isKvError, KvError } from '../base/errors.ts';
import { parseRecord, recordText } from '../change/journal/format.ts';
import type { KvEntry } from '../entry/entry.ts';
import type { EntrySource } from '../store/entrySource.ts';
import { fileReason } from './files/fileErrors.ts';
import { spoolPrefix } from './leftSpools.ts';

/**
 * Runs work on a source whose reads cost requests, so that it is read only once: the first pass is stored in a
 * temporary file that only the owner can read, and later passes read that file. The file is deleted when the work ends.
 * Rejects with kind `server` if the file cannot be written.
 */
export async function withSpool<T>(source: EntrySource, work: (source: EntrySource) => Promise<T>): Promise<T> {
  const folder = await orNotKept(mkdtemp(spoolPrefix()));
  const path = join(folder, 'entries.ndjson');
  let isKept = false;
  try {
    return await work(async function* (signal) {
      if (isKept) {
        yield* readSpool(path);
        return;
      }
      const file = await orNotKept(open(path, 'w', 0o600));
      try {
        for await (const entry of source(signal)) {
          const { key, ...before } = entry;
          await orNotKept(file.appendFile(recordText({ line: { key, before } })));
          yield entry;
        }
        isKept = true;
      } finally {
        await file.close();
      }
    });
  } finally {
    // The work is done, so a file that the system still keeps open is not worth an error.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function* readSpool(path: string): AsyncGenerator<KvEntry> {
  try {
    for await (const bytes of byteLines(path)) {
      const record = parseRecord(bytes.toString('utf8'));
      const line = record && 'line' in record ? record.line : undefined;
      if (!line?.before) throw notKept(new Error(l10n.t('it was changed.')));
      yield { key: line.key, ...line.before };
    }
  } catch (error) {
    throw notKept(error);
  }
}

const notKept = (error: unknown): KvError =>
  isKvError(error)
    ? error
    : new KvError('server', l10n.t('The values could not be kept in {0}: {1}', tmpdir(), fileReason(error)), {
        cause: error,
      });

async function orNotKept<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw notKept(error);
  }
}
