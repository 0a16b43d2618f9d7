import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { cancelledError, throwIfCancelled } from '../../core/base/cancel.ts';
import { errorText } from '../../core/base/errors.ts';
import type { Space, SpaceQuery } from '../../core/space/space.ts';
import { SpaceTally, type TallyPart } from '../../core/space/spaceTally.ts';
import type { BulkOptions } from '../../core/store/store.ts';
import type { SqliteClient } from '../sqlite/client.ts';
import { FaultError } from '../sqlite/fault.ts';
import { afterPrefix } from '../sqlite/keyRange.ts';
import type { NamespaceFiles } from '../sqlite/protocol.ts';
import type { SpaceReply, SpaceThreadData } from './spaceProtocol.ts';

const MOST_THREADS = 4;
const REPORT_MS = 100;

/** Set by the build. */
declare const __BUNDLED__: boolean | undefined;

const workerPath = (): string | URL =>
  typeof __BUNDLED__ === 'boolean' ? join(__dirname, 'spaceWorker.cjs') : new URL('./spaceWorker.ts', import.meta.url);

/**
 * How a local namespace is filled, exactly and without reading a value, added up in threads of its own. Rejects with a
 * {@link FaultError}, or with kind `cancelled`.
 */
export async function localSpace(
  client: Pick<SqliteClient, 'request'>,
  files: NamespaceFiles,
  query: SpaceQuery,
  { signal, report }: BulkOptions = {},
): Promise<Space> {
  const most = Math.min(MOST_THREADS, availableParallelism());
  const { firsts, areMost } = await client.request('keyParts', { files, prefix: query.prefix, most });
  throwIfCancelled(signal);
  const progress = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const timer = setInterval(() => report?.(Atomics.load(new Int32Array(progress), 0)), REPORT_MS);
  const stop = new AbortController();
  const stopped = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const tally = new SpaceTally(query);
  const end = query.prefix === '' ? undefined : afterPrefix(query.prefix);
  try {
    const parts = firsts.map((from, at) => {
      const to = firsts[at + 1] ?? end;
      return tallyPart({ files, query, from, ...(to !== undefined && { to }), areMost, progress }, stopped);
    });
    for (const part of await Promise.all(parts)) tally.merge(part);
  } finally {
    clearInterval(timer);
    // Of the others, when one has failed.
    stop.abort();
  }
  return tally.result({ hasSizes: files.blobs !== '' });
}

async function tallyPart(workerData: SpaceThreadData, signal: AbortSignal): Promise<TallyPart> {
  throwIfCancelled(signal);
  const worker = new Worker(workerPath(), { name: 'cloudflare-kv-space', workerData });
  const { promise, resolve, reject } = Promise.withResolvers<SpaceReply>();
  const lost = (detail: string): void => reject(new FaultError({ reason: 'stopped', path: '', detail }));
  const onAbort = (): void => reject(cancelledError());
  signal.addEventListener('abort', onAbort, { once: true });
  worker.on('message', resolve);
  worker.on('error', (error) => lost(errorText(error)));
  worker.on('exit', (code) => lost(`exit ${code}`));
  try {
    const reply = await promise;
    if ('fault' in reply) throw new FaultError(reply.fault);
    return reply.part;
  } finally {
    signal.removeEventListener('abort', onAbort);
    void worker.terminate();
  }
}
