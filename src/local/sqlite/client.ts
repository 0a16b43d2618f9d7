import { Worker } from 'node:worker_threads';
import { errorText } from '../../core/base/errors.ts';
import { FaultError } from './fault.ts';
import type { Fault, OperationName, Operations, Reply } from './protocol.ts';
import { sqliteWorkerPath } from './sqliteWorkerPath.ts';

interface Waiting {
  readonly name: OperationName;
  readonly resolve: (reply: Reply) => void;
  /** What was sent to the thread; absent if buffers were transferred, so that it cannot be sent again. */
  readonly message?: unknown;
}

/**
 * How long a request may take before its thread counts as stuck, in milliseconds. Reads get less, because a user is
 * waiting.
 */
const PATIENCE_MS: Readonly<Record<OperationName, number>> = {
  list: 30_000,
  read: 30_000,
  versions: 30_000,
  sampleBlobs: 30_000,
  probe: 30_000,
  writtenSince: 30_000,
  hasChanged: 30_000,
  follow: 60_000,
  unfollow: 30_000,
  keptValue: 30_000,
  // A write that has begun should be allowed to finish, because otherwise its outcome is uncertain.
  put: 120_000,
  delete: 120_000,
  removeNamespace: 600_000,
};

const stopped = (detail: string): Fault => ({ reason: 'stopped', path: '', detail });
/** The fault of a request in which the thread got stuck. */
const stuck = (name: OperationName): Fault => ({
  reason: 'stuck',
  path: '',
  detail: `stuck in ${name}`,
  isUncertain: true,
});
/** The fault of a request that the thread had received. */
const lost = (detail: string): Fault => ({ ...stopped(detail), isUncertain: true });

/**
 * The host's end of the worker thread that all local sources share. The thread starts with the first request and keeps
 * the process alive only while a request is running. If it dies, the next request starts it again. If it is stuck, it
 * is replaced: the request that it is stuck in fails, and those waiting behind go to the new thread.
 */
export class SqliteClient {
  readonly #path: string | URL;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  /** Runs while the oldest request is being served. */
  #timer: NodeJS.Timeout | undefined;
  #lastId = 0;
  #disposed = false;

  constructor(path = sqliteWorkerPath()) {
    this.#path = path;
  }

  /**
   * Requests are served in order. Rejects with a {@link FaultError}. `transfer` lists buffers to move instead of
   * copying.
   */
  async request<N extends OperationName>(
    name: N,
    args: Operations[N]['args'],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Operations[N]['result']> {
    if (this.#disposed) throw new FaultError(stopped('disposed'));
    const id = ++this.#lastId;
    const reply = await new Promise<Reply>((resolve) => {
      const message = { id, name, args };
      this.#waiting.set(id, { name, resolve, ...(transfer.length === 0 && { message }) });
      this.#send(message, transfer);
      if (this.#waiting.size === 1) this.#watch();
    });
    if ('fault' in reply) throw new FaultError(reply.fault);
    // The thread answers with the result of the request's own type: `run` in worker.ts is exhaustive.
    return reply.result as Operations[N]['result'];
  }

  dispose(): void {
    this.#disposed = true;
    void this.#worker?.terminate();
    this.#lose(this.#worker, 'disposed');
  }

  #send(message: unknown, transfer: readonly ArrayBuffer[] = []): void {
    const worker = this.#started();
    worker.ref();
    worker.postMessage(message, transfer);
  }

  /** Requests are served in order, so the oldest is the one being served. */
  #watch(): void {
    clearTimeout(this.#timer);
    const [oldest] = this.#waiting;
    if (oldest === undefined) return;
    const [id, { name }] = oldest;
    this.#timer = setTimeout(() => this.#replaceStuck(id), PATIENCE_MS[name]).unref();
  }

  #replaceStuck(id: number): void {
    const oldest = this.#waiting.get(id);
    if (oldest === undefined) return;
    // A system call may hold the thread, and it ends only after that. Nobody listens to it any more, and it begins
    // nothing else.
    void this.#worker?.terminate();
    this.#worker?.unref();
    this.#worker = undefined;
    this.#waiting.delete(id);
    oldest.resolve({ id, fault: stuck(oldest.name) });
    for (const [next, { message, resolve }] of this.#waiting) {
      if (message !== undefined) this.#send(message);
      else {
        this.#waiting.delete(next);
        resolve({ id: next, fault: stopped('not begun') });
      }
    }
    this.#watch();
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(this.#path, { name: 'cloudflare-kv-sqlite' });
    worker.on('message', (reply: Reply) => {
      if (worker !== this.#worker) return;
      this.#waiting.get(reply.id)?.resolve(reply);
      this.#waiting.delete(reply.id);
      this.#watch();
      if (this.#waiting.size === 0) worker.unref();
    });
    worker.on('error', (error) => this.#lose(worker, errorText(error)));
    worker.on('exit', (code) => this.#lose(worker, `exit ${code}`));
    this.#worker = worker;
    return worker;
  }

  #lose(worker: Worker | undefined, detail: string): void {
    if (worker === undefined || worker !== this.#worker) return;
    this.#worker = undefined;
    for (const [id, { resolve }] of this.#waiting) resolve({ id, fault: lost(detail) });
    this.#waiting.clear();
    clearTimeout(this.#timer);
  }
}
