import { Worker } from 'node:worker_threads';
import { cancelledError, throwIfCancelled } from '../core/base/cancel.ts';
import { type ConfigSearchData, type ConfigSearchReply, type HiddenBelow, Visiting } from './configSearchProtocol.ts';
import { configSearchWorkerPath } from './configSearchWorkerPath.ts';
import { type FolderFiles, type FoundFiles, filesOf } from './findConfigs.ts';

/**
 * A folder that is not read within so long, up to twice as long, is passed over: a dead network drive never answers.
 */
const PATIENCE_MS = 10_000;

export interface ConfigSearchOptions {
  readonly signal?: AbortSignal;
  readonly hidden?: readonly HiddenBelow[];
  /** The folders are parts of a workspace, where they may be hidden themselves; by default they are all of it. */
  readonly areParts?: boolean;
  /** Called whenever there is more than before; whoever wants to see it calls for all that was found so far. */
  readonly onFound?: (files: () => FoundFiles) => void;
  /** Told of a folder that cannot be read, with the system's code where it gave one. */
  readonly onUnreadable?: (folder: string, error: Error) => void;
  /** Told of a glob that cannot be read; it hides nothing. */
  readonly onUnusable?: (glob: string, error: Error) => void;
}

/** For tests. */
export interface ConfigSearchParts {
  readonly path?: string | URL;
  readonly patienceMs?: number;
}

/**
 * Finds what tells where local KV lies, as `findConfigs` does, in a thread of its own. A folder in which the thread
 * gets stuck is unreadable, and the others are walked all the same. Rejects with kind `cancelled`, or when there can be
 * no thread.
 */
export async function searchConfigs(
  folders: readonly string[],
  { signal, hidden = [], areParts = false, onFound, onUnreadable, onUnusable }: ConfigSearchOptions = {},
  { path = configSearchWorkerPath(), patienceMs = PATIENCE_MS }: ConfigSearchParts = {},
): Promise<FoundFiles> {
  const found = new Map<string, FolderFiles>();
  const unreadable = new Set<string>();
  const unusable = new Set<string>();
  const endless: string[] = [];
  const take = (reply: Exclude<ConfigSearchReply, { readonly isDone: true }>): void => {
    if ('files' in reply) {
      found.set(reply.folder, reply.files);
      onFound?.(() => filesOf(found));
    } else if ('unusable' in reply) {
      if (!unusable.has(reply.unusable)) onUnusable?.(reply.unusable, new Error(reply.message));
      unusable.add(reply.unusable);
    } else if (!unreadable.has(reply.unreadable)) {
      unreadable.add(reply.unreadable);
      onUnreadable?.(reply.unreadable, Object.assign(new Error(reply.message), { code: reply.code }));
    }
  };
  for (;;) {
    throwIfCancelled(signal);
    const visiting = new Visiting();
    const data = { folders, hidden, areParts, endless, visiting: visiting.buffer };
    const stuckIn = await walk(path, data, { signal, visiting, patienceMs, take });
    if (stuckIn === undefined) return filesOf(found);
    endless.push(stuckIn);
    take({ unreadable: stuckIn, code: 'ETIMEDOUT', message: 'no answer' });
  }
}

interface Walk {
  readonly signal: AbortSignal | undefined;
  readonly visiting: Visiting;
  readonly patienceMs: number;
  readonly take: (reply: Exclude<ConfigSearchReply, { readonly isDone: true }>) => void;
}

/** Resolves at the end of the walk, or with the folder in which it got stuck. */
async function walk(
  path: string | URL,
  workerData: ConfigSearchData,
  { signal, visiting, patienceMs, take }: Walk,
): Promise<string | undefined> {
  const worker = new Worker(path, { name: 'cloudflare-kv-configs', workerData });
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  let count = 0;
  const look = (): void => {
    const before = count;
    count = visiting.count;
    if (count > 0 && count === before) resolve(visiting.folder);
  };
  const timer = setInterval(look, patienceMs);
  const onAbort = (): void => reject(cancelledError());
  signal?.addEventListener('abort', onAbort, { once: true });
  worker.on('message', (reply: ConfigSearchReply) => {
    if ('isDone' in reply) resolve(undefined);
    else if (!signal?.aborted) take(reply);
  });
  worker.on('error', reject);
  worker.on('exit', (code) => reject(new Error(`exit ${code}`)));
  try {
    return await promise;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', onAbort);
    worker.removeAllListeners('message');
    // One that is stuck may be held by the system: the process need not wait for it.
    worker.unref();
    void worker.terminate();
  }
}
