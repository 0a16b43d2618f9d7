import { fork } from 'node:child_process';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { errorText } from '../../core/base/errors.ts';
import type { SpaceReply, SpaceTask } from './spaceProtocol.ts';

/** Set by the build. */
declare const __BUNDLED__: boolean | undefined;

const workerPath = (): string | URL =>
  typeof __BUNDLED__ === 'boolean' ? join(__dirname, 'spaceWorker.cjs') : new URL('./spaceWorker.ts', import.meta.url);

/** Somebody beside the host's thread who adds up one part, and is told to end by {@link stop}. */
export interface TallyWorker {
  stop(): void;
}

interface Events {
  readonly onReply: (reply: SpaceReply) => void;
  /** It has ended, or never began; after `stop` of no meaning. */
  readonly onLost: (detail: string) => void;
}

export function startThread(task: SpaceTask, { onReply, onLost }: Events): TallyWorker {
  const worker = new Worker(workerPath(), { name: 'cloudflare-kv-space' });
  worker.on('message', onReply);
  worker.on('error', (error) => onLost(errorText(error)));
  worker.on('exit', (code) => onLost(`exit ${code}`));
  worker.postMessage(task);
  return { stop: () => void worker.terminate() };
}

/**
 * A process in the folder of the values: the system finds a file there by its name alone, which takes two thirds of the time
 * that a whole path does. It is worth its start for many keys only.
 */
export function startProcess(task: SpaceTask, { onReply, onLost }: Events): TallyWorker {
  const worker = fork(workerPath(), [], {
    cwd: task.files.blobs,
    // What runs the host of VS Code on a desktop is Node only when it is told so.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    // Not the flags of the host: a port for its debugger is taken.
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  worker.on('message', (reply) => onReply(reply as SpaceReply));
  worker.on('error', (error) => onLost(errorText(error)));
  worker.on('exit', (code, signal) => onLost(`exit ${signal ?? code}`));
  worker.send(task, () => undefined);
  return { stop: () => void worker.kill('SIGKILL') };
}
