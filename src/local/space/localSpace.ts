import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { cancelledError, throwIfCancelled } from '../../core/base/cancel.ts';
import type { Space, SpaceQuery } from '../../core/space/space.ts';
import { SpaceTally, type TallyPart } from '../../core/space/spaceTally.ts';
import type { BulkOptions } from '../../core/store/store.ts';
import type { SqliteClient } from '../sqlite/client.ts';
import { FaultError } from '../sqlite/fault.ts';
import { afterPrefix } from '../sqlite/keyRange.ts';
import type { NamespaceFiles } from '../sqlite/protocol.ts';
import type { SpaceReply, SpaceTask } from './spaceProtocol.ts';
import { spaceWorkerPath, startProcess, startThread, type TallyWorker } from './tallyWorker.ts';

const MOST_PARTS = 4;
const REPORT_MS = 100;
/** A row takes more bytes than this in the file of a database: its key twice, the name of its value, and the rest. */
const LEAST_ROW_BYTES = 100;

export interface LocalSpaceOptions extends BulkOptions {
  /** From so many keys on processes add them up, which find a value's file sooner than threads but take longer to start. */
  readonly processesFrom?: number;
  /** The code of those that add up. */
  readonly workerPath?: string | URL;
}

/**
 * How a local namespace is filled, exactly and without reading a value, added up in threads of its own. Rejects with a
 * {@link FaultError}, or with kind `cancelled`.
 */
export async function localSpace(
  client: Pick<SqliteClient, 'request'>,
  files: NamespaceFiles,
  query: SpaceQuery,
  { signal, report, processesFrom = 100_000, workerPath = spaceWorkerPath() }: LocalSpaceOptions = {},
): Promise<Space> {
  const most = Math.min(MOST_PARTS, availableParallelism());
  // Windows lets nobody remove a folder that somebody works in.
  const canBeThere = process.platform !== 'win32' && existsSync(files.blobs);
  // Begun before it is known how many keys there are: to count them takes as long as to start.
  const areMany = canBeThere && databaseBytes(files) >= processesFrom * LEAST_ROW_BYTES;
  const early = areMany ? Array.from({ length: most }, () => startProcess(files.blobs, workerPath)) : [];
  let gone = 0;
  const timer = setInterval(() => report?.(gone), REPORT_MS);
  const stop = new AbortController();
  const stopped = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const onKeys = (more: number): void => {
    gone += more;
  };
  try {
    const { keys, firsts, areMost } = await client.request('keyParts', { files, prefix: query.prefix, most });
    throwIfCancelled(signal);
    const isThere = canBeThere && keys >= processesFrom;
    const tally = new SpaceTally(query);
    const end = query.prefix === '' ? undefined : afterPrefix(query.prefix);
    const parts = firsts.map((from, at) => {
      const to = firsts[at + 1] ?? end;
      const task = { files, query, from, ...(to !== undefined && { to }), areMost, isThere };
      return isThere
        ? tallyByProcess(early[at] ?? startProcess(files.blobs, workerPath), task)
        : tallyBy(startThread(workerPath), task, onKeys, stopped);
    });
    for (const part of await Promise.all(parts)) tally.merge(part);
    return tally.result({ hasSizes: files.blobs !== '' });
  } finally {
    clearInterval(timer);
    // Of the others, when one has failed.
    stop.abort();
    for (const worker of early) worker.stop();
  }

  async function tallyByProcess(worker: TallyWorker, task: SpaceTask): Promise<TallyPart> {
    let counted = 0;
    const count = (more: number): void => {
      counted += more;
      onKeys(more);
    };
    try {
      return await tallyBy(worker, task, count, stopped);
    } catch (error) {
      // A system may let no process start.
      if (!(error instanceof FaultError) || error.fault.reason !== 'stopped') throw error;
      onKeys(-counted);
      throwIfCancelled(stopped);
      return await tallyBy(startThread(workerPath), { ...task, isThere: false }, onKeys, stopped);
    }
  }
}

/** 0 also where it cannot be told; to read it then says why. */
function databaseBytes({ database }: NamespaceFiles): number {
  try {
    return statSync(database, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    return 0;
  }
}

async function tallyBy(
  worker: TallyWorker,
  task: SpaceTask,
  onKeys: (more: number) => void,
  signal: AbortSignal,
): Promise<TallyPart> {
  const { promise, resolve, reject } = Promise.withResolvers<TallyPart>();
  const onReply = (reply: SpaceReply): void => {
    if ('fault' in reply) reject(new FaultError(reply.fault));
    else if ('part' in reply) resolve(reply.part);
    else onKeys(reply.keys);
  };
  const onLost = (detail: string): void => reject(new FaultError({ reason: 'stopped', path: '', detail }));
  worker.begin(task, { onReply, onLost });
  const onAbort = (): void => reject(cancelledError());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    worker.stop();
  }
}
