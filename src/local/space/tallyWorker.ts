import { fork } from 'node:child_process';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { errorText } from '../../core/base/errors.ts';
import type { SpaceReply, SpaceTask } from './spaceProtocol.ts';

/** Set by the build. */
declare const __BUNDLED__: boolean | undefined;

export const spaceWorkerPath = (): string | URL =>
  typeof __BUNDLED__ === 'boolean' ? join(__dirname, 'spaceWorker.cjs') : new URL('./spaceWorker.ts', import.meta.url);

/** Somebody beside the host's thread who adds up the one part that {@link begin} names, and is told to end by {@link stop}. */
export interface TallyWorker {
  begin(task: SpaceTask, events: TallyEvents): void;
  stop(): void;
}

export interface TallyEvents {
  readonly onReply: (reply: SpaceReply) => void;
  /** It has ended, or never began; after `stop` of no meaning. */
  readonly onLost: (detail: string) => void;
}

export function startThread(path = spaceWorkerPath()): TallyWorker {
  const worker = new Worker(path, { name: 'cloudflare-kv-space' });
  const lost = lostOf((onLost) => {
    worker.on('error', (error) => onLost(errorText(error)));
    worker.on('exit', (code) => onLost(`exit ${code}`));
  });
  return {
    begin: (task, { onReply, onLost }) => {
      worker.on('message', onReply);
      worker.postMessage(task);
      lost(onLost);
    },
    stop: () => void worker.terminate(),
  };
}

/**
 * A process in the folder of the values: the system finds a file there by its name alone, which takes two thirds of the time
 * that a whole path does. It is worth its start for many keys only.
 */
export function startProcess(folder: string, path = spaceWorkerPath()): TallyWorker {
  const worker = fork(path, [], {
    cwd: folder,
    // What runs the host of VS Code on a desktop is Node only when it is told so.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    // Not the flags of the host: a port for its debugger is taken.
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const lost = lostOf((onLost) => {
    worker.on('error', (error) => onLost(errorText(error)));
    worker.on('exit', (code, signal) => onLost(`exit ${signal ?? code}`));
  });
  return {
    begin: (task, { onReply, onLost }) => {
      worker.on('message', (reply) => onReply(reply as SpaceReply));
      worker.send(task, () => undefined);
      lost(onLost);
    },
    stop: () => void worker.kill('SIGKILL'),
  };
}

/** A worker may be lost before anybody asks: whoever does is told then. */
function lostOf(listen: (onLost: (detail: string) => void) => void): (tell: (detail: string) => void) => void {
  const { promise, resolve } = Promise.withResolvers<string>();
  listen(resolve);
  return (tell) => void promise.then(tell);
}
