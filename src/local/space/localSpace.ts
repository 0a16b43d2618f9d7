import { Worker } from 'node:worker_threads';
import { untilCancelled } from '../../core/base/cancel.ts';
import { errorText } from '../../core/base/errors.ts';
import type { Space, SpaceQuery } from '../../core/space/space.ts';
import type { BulkOptions } from '../../core/store/store.ts';
import { FaultError } from '../sqlite/fault.ts';
import type { NamespaceFiles } from '../sqlite/protocol.ts';
import type { SpaceReply, SpaceTask } from './spaceProtocol.ts';
import { spaceWorkerPath } from './spaceWorkerPath.ts';

export interface LocalSpaceOptions extends BulkOptions {
  /**
   * From this many keys on, processes do the counting: they find the file of a value faster than threads do, but take
   * longer to start.
   */
  readonly processesFrom?: number;
  /** The code of the thread that does the counting. */
  readonly workerPath?: string | URL;
}

/**
 * Measures how full a local namespace is, exactly and without reading a value, in its own thread and others that it
 * starts. Rejects with a {@link FaultError}, or with kind `cancelled`.
 */
export async function localSpace(
  files: NamespaceFiles,
  query: SpaceQuery,
  { signal, report, processesFrom = 100_000, workerPath = spaceWorkerPath() }: LocalSpaceOptions = {},
): Promise<Space> {
  const { promise, resolve, reject } = Promise.withResolvers<Space>();
  const worker = new Worker(workerPath, { name: 'cloudflare-kv-space' });
  const onLost = (detail: string): void => reject(new FaultError({ reason: 'stopped', path: '', detail }));
  worker.on('error', (error) => onLost(errorText(error)));
  worker.on('exit', (code) => onLost(`exit ${code}`));
  let gone = 0;
  worker.on('message', (reply: SpaceReply) => {
    if ('fault' in reply) reject(new FaultError(reply.fault));
    else if ('space' in reply) resolve(reply.space);
    else {
      gone += reply.keys;
      report?.(gone);
    }
  });
  worker.postMessage({ files, query, processesFrom } satisfies SpaceTask);
  try {
    return await untilCancelled(promise, signal);
  } finally {
    // Processes that it started end when they lose their parent.
    void worker.terminate();
  }
}
