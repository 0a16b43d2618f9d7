import { existsSync } from 'node:fs';
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
import { startProcess, startThread } from './tallyWorker.ts';

const MOST_PARTS = 4;
const REPORT_MS = 100;

export interface LocalSpaceOptions extends BulkOptions {
  /** From so many keys on processes add them up, which find a value's file sooner than threads but take longer to start. */
  readonly processesFrom?: number;
}

/**
 * How a local namespace is filled, exactly and without reading a value, added up in threads of its own. Rejects with a
 * {@link FaultError}, or with kind `cancelled`.
 */
export async function localSpace(
  client: Pick<SqliteClient, 'request'>,
  files: NamespaceFiles,
  query: SpaceQuery,
  { signal, report, processesFrom = 100_000 }: LocalSpaceOptions = {},
): Promise<Space> {
  const most = Math.min(MOST_PARTS, availableParallelism());
  const { keys, firsts, areMost } = await client.request('keyParts', { files, prefix: query.prefix, most });
  throwIfCancelled(signal);
  // Windows lets nobody remove a folder that somebody works in.
  const isThere = keys >= processesFrom && process.platform !== 'win32' && existsSync(files.blobs);
  let gone = 0;
  const timer = setInterval(() => report?.(gone), REPORT_MS);
  const stop = new AbortController();
  const stopped = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const tally = new SpaceTally(query);
  const end = query.prefix === '' ? undefined : afterPrefix(query.prefix);
  const onKeys = (more: number): void => {
    gone += more;
  };
  try {
    const parts = firsts.map((from, at) => {
      const to = firsts[at + 1] ?? end;
      return tallyPart({ files, query, from, ...(to !== undefined && { to }), areMost, isThere }, onKeys, stopped);
    });
    for (const part of await Promise.all(parts)) tally.merge(part);
  } finally {
    clearInterval(timer);
    // Of the others, when one has failed.
    stop.abort();
  }
  return tally.result({ hasSizes: files.blobs !== '' });
}

async function tallyPart(task: SpaceTask, onKeys: (more: number) => void, signal: AbortSignal): Promise<TallyPart> {
  if (!task.isThere) return await tallyBy(startThread, task, onKeys, signal);
  let gone = 0;
  const count = (more: number): void => {
    gone += more;
    onKeys(more);
  };
  try {
    return await tallyBy(startProcess, task, count, signal);
  } catch (error) {
    // A system may let no process start.
    if (!(error instanceof FaultError) || error.fault.reason !== 'stopped') throw error;
    onKeys(-gone);
    return await tallyBy(startThread, { ...task, isThere: false }, onKeys, signal);
  }
}

async function tallyBy(
  start: typeof startThread,
  task: SpaceTask,
  onKeys: (more: number) => void,
  signal: AbortSignal,
): Promise<TallyPart> {
  throwIfCancelled(signal);
  const { promise, resolve, reject } = Promise.withResolvers<TallyPart>();
  const onReply = (reply: SpaceReply): void => {
    if ('fault' in reply) reject(new FaultError(reply.fault));
    else if ('part' in reply) resolve(reply.part);
    else onKeys(reply.keys);
  };
  const onLost = (detail: string): void => reject(new FaultError({ reason: 'stopped', path: '', detail }));
  const worker = start(task, { onReply, onLost });
  const onAbort = (): void => reject(cancelledError());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    worker.stop();
  }
}
