import { Worker } from 'node:worker_threads';
import { errorText } from '../../core/base/errors.ts';
import { FaultError } from './fault.ts';
import type { Fault, OperationName, Operations, Reply } from './protocol.ts';
import { workerPath } from './workerPath.ts';

interface Waiting {
  readonly resolve: (reply: Reply) => void;
}

const stopped = (detail: string): Fault => ({ reason: 'stopped', path: '', detail });
/** Of a request that the thread had got. */
const lost = (detail: string): Fault => ({ ...stopped(detail), isUncertain: true });

/**
 * The host's end of the worker thread that all local sources share. The thread starts with the first request, keeps the
 * process alive only while a request is under way, and is started again by the next request if it dies.
 */
export class SqliteClient {
  readonly #path: string | URL;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;
  #disposed = false;

  constructor(path = workerPath()) {
    this.#path = path;
  }

  /** Requests are served in order. Rejects with a {@link FaultError}; `transfer` lists buffers to move, not copy. */
  async request<N extends OperationName>(
    name: N,
    args: Operations[N]['args'],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Operations[N]['result']> {
    if (this.#disposed) throw new FaultError(stopped('disposed'));
    const id = ++this.#lastId;
    const reply = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, { resolve });
      const worker = this.#started();
      worker.ref();
      worker.postMessage({ id, name, args }, transfer);
    });
    if ('fault' in reply) throw new FaultError(reply.fault);
    // The thread answers a request of this name with its result: `run` in worker.ts is exhaustive.
    return reply.result as Operations[N]['result'];
  }

  dispose(): void {
    this.#disposed = true;
    void this.#worker?.terminate();
    this.#lose(this.#worker, 'disposed');
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(this.#path, { name: 'cloudflare-kv-sqlite' });
    worker.on('message', (reply: Reply) => {
      this.#waiting.get(reply.id)?.resolve(reply);
      this.#waiting.delete(reply.id);
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
  }
}
