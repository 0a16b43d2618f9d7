import { Worker } from 'node:worker_threads';
import { cancelledError, throwIfCancelled } from '../core/base/cancel.ts';
import { type ConfigSearchData, type ConfigSearchReply, type HiddenBelow, Visiting } from './configSearchProtocol.ts';
import { configSearchWorkerPath } from './configSearchWorkerPath.ts';
import { type FolderFiles, type FoundFiles, filesOf } from './findConfigs.ts';

/**
 * A folder that is not read within this time, or up to twice as long, is skipped: a dead network drive never answers.
 */
const PATIENCE_MS = 10_000;

export interface ConfigSearchOptions {
  readonly signal?: AbortSignal;
  readonly hidden?: readonly HiddenBelow[];
  /**
   * The folders are parts of a workspace, so they may be hidden themselves. By default they are the whole workspace.
   */
  readonly areParts?: boolean;
  /** Called whenever there are new results; call `files` to get everything found so far. */
  readonly onFound?: (files: () => FoundFiles) => void;
  /** Called for a folder that cannot be read, with the system's error code if it gave one. */
  readonly onUnreadable?: (folder: string, error: Error) => void;
  /** Called for a glob that cannot be parsed; it hides nothing. */
  readonly onUnusable?: (glob: string, error: Error) => void;
}

/** Replaced in tests. */
export interface ConfigSearchParts {
  readonly path?: string | URL;
  readonly patienceMs?: number;
}

/**
 * Finds the files that tell where local KV lies, like `findConfigs`, in a separate thread. A folder in which the thread
 * gets stuck counts as unreadable, and the others are still walked. Rejects with kind `cancelled`, or if no thread can
 * be started.
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
    // A system call may hold a stuck thread; the process need not wait for it.
    worker.unref();
    void worker.terminate();
  }
}
