import { fork } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { errorText } from '../../core/base/errors.ts';
import type { TallyPart } from '../../core/space/spaceTally.ts';
import { FaultError } from '../sqlite/fault.ts';
import type { PartReply, PartTask } from './spaceProtocol.ts';
import { spaceWorkerPath } from './spaceWorkerPath.ts';

/** Counts one part, beside this thread. */
export interface PartWorker {
  /** Works as `partSpace` does. Rejects with a {@link FaultError}, with reason `stopped` if the worker is lost. */
  add(task: PartTask, onKeys: (more: number) => void): Promise<TallyPart>;
  stop(): void;
}

export function startThread(): PartWorker {
  const worker = new Worker(spaceWorkerPath(), { name: 'cloudflare-kv-space-part' });
  const lost = lostOf((onLost) => {
    worker.on('error', (error) => onLost(errorText(error)));
    worker.on('exit', (code) => onLost(`exit ${code}`));
  });
  return {
    add: (task, onKeys) =>
      answered(lost, onKeys, (onReply) => {
        worker.on('message', onReply);
        worker.postMessage(task);
      }),
    stop: () => void worker.terminate(),
  };
}

/**
 * Starts a process in the folder of the values. There the system finds a file by its name alone, in two thirds of the
 * time that a whole path takes. Starting it is only worthwhile for many keys.
 */
export function startProcess(folder: string): PartWorker {
  const worker = fork(spaceWorkerPath(), [], {
    cwd: folder,
    // On a desktop, VS Code's extension host runs in Electron, which acts as Node only if told so.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    // Not the flags of the extension host: the port for its debugger is taken.
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const lost = lostOf((onLost) => {
    worker.on('error', (error) => onLost(errorText(error)));
    worker.on('exit', (code, signal) => onLost(`exit ${signal ?? code}`));
  });
  return {
    add: (task, onKeys) =>
      answered(lost, onKeys, (onReply) => {
        worker.on('message', (reply) => onReply(reply as PartReply));
        worker.send(task, () => undefined);
      }),
    stop: () => void worker.kill('SIGKILL'),
  };
}

/** Remembers that the worker was lost, so that whoever asks later is told too. */
function lostOf(listen: (onLost: (detail: string) => void) => void): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  listen(resolve);
  return promise;
}

async function answered(
  lost: Promise<string>,
  onKeys: (more: number) => void,
  ask: (onReply: (reply: PartReply) => void) => void,
): Promise<TallyPart> {
  const { promise, resolve, reject } = Promise.withResolvers<TallyPart>();
  ask((reply) => {
    if ('fault' in reply) reject(new FaultError(reply.fault));
    else if ('part' in reply) resolve(reply.part);
    else onKeys(reply.keys);
  });
  void lost.then((detail) => reject(new FaultError({ reason: 'stopped', path: '', detail })));
  return await promise;
}
