import { Worker } from 'node:worker_threads';
import * as l10n from '@vscode/l10n';
import { cancelledError, throwIfCancelled } from '../base/cancel.ts';
import { errorText, KvError } from '../base/errors.ts';
import type { Cut } from './hits.ts';
import type { Matcher, Result } from './matcher.ts';
import {
  IDLE,
  LINE,
  type SearchedText,
  type SearchReply,
  type SearchRequest,
  type SearchThreadData,
  TEXT,
} from './searchProtocol.ts';
import { searchWorkerPath } from './searchWorkerPath.ts';

/** If an expression takes longer than this on one line, in milliseconds (up to twice as long), the text is given up. */
const PATIENCE_MS = 2000;
/** A search that has given up this many texts stops, because the other texts would hardly be better. */
const MOST_GIVEN_UP = 5;

interface Thread {
  readonly worker: Worker;
  /** See {@link SearchThreadData}. */
  readonly progress: Int32Array;
}

interface Ran {
  readonly results: readonly Result[];
  /** The index of the text on which the thread got stuck; the thread has been ended. */
  readonly stuckAt?: number;
}

/**
 * Searches for a text or a regular expression in a separate thread. That keeps the extension host responsive during
 * large values, and the thread can be ended, because on some texts an expression never finishes.
 */
export class SearchThread implements Matcher {
  readonly #pattern: string | RegExp;
  readonly #patienceMs: number;
  #thread: Thread | undefined;
  #givenUp = 0;

  constructor(pattern: string | RegExp, patienceMs = PATIENCE_MS) {
    this.#pattern = pattern;
    this.#patienceMs = patienceMs;
  }

  get hasGivenUp(): boolean {
    return this.#givenUp >= MOST_GIVEN_UP;
  }

  async find(texts: readonly SearchedText[], cut: Cut, signal?: AbortSignal): Promise<readonly Result[]> {
    const results: Result[] = [];
    let stuckAt: number | undefined;
    while (results.length < texts.length && !this.hasGivenUp) {
      throwIfCancelled(signal);
      const at = results.length;
      if (at === stuckAt) {
        results.push(undefined);
        stuckAt = undefined;
        this.#givenUp++;
        continue;
      }
      // Results that were not handed over before the thread was ended are computed again, up to the text it got stuck
      // on.
      const ran = await this.#run({ texts: texts.slice(at, stuckAt), cut }, signal);
      results.push(...ran.results);
      if (ran.stuckAt !== undefined) stuckAt = at + ran.stuckAt;
    }
    return results;
  }

  dispose(): void {
    void this.#thread?.worker.terminate();
    this.#thread = undefined;
  }

  #run(request: SearchRequest, signal: AbortSignal | undefined): Promise<Ran> {
    this.#thread ??= this.#start();
    const { worker, progress } = this.#thread;
    const results: Result[] = [];
    let text = IDLE;
    let line = 0;
    const { promise, resolve, reject } = Promise.withResolvers<Ran>();
    const giveUp = (error: Error): void => {
      this.dispose();
      reject(error);
    };
    const onReply = (reply: SearchReply): void => {
      results.push(...reply.map((hits) => hits ?? undefined));
      if (results.length === request.texts.length) resolve({ results });
    };
    const onError = (error: unknown): void => giveUp(brokenOff(error));
    const onExit = (code: number): void => giveUp(brokenOff(new Error(`exit ${code}`)));
    const onAbort = (): void => giveUp(cancelledError());
    const look = (): void => {
      const [textBefore, lineBefore] = [text, line];
      text = Atomics.load(progress, TEXT);
      line = Atomics.load(progress, LINE);
      if (text === IDLE || text !== textBefore || line !== lineBefore) return;
      this.dispose();
      resolve({ results, stuckAt: text });
    };
    worker.on('message', onReply).on('error', onError).on('exit', onExit);
    signal?.addEventListener('abort', onAbort);
    const timer = setInterval(look, this.#patienceMs);
    // The values are copied and the copies are transferred: transferring a part of a buffer would take the whole buffer
    // along.
    const sent = request.texts.map((text) => (typeof text === 'string' ? text : text.slice()));
    const moved = sent.flatMap((text) => (typeof text === 'string' ? [] : text.buffer));
    worker.postMessage({ ...request, texts: sent } satisfies SearchRequest, moved);
    return promise.finally(() => {
      clearInterval(timer);
      signal?.removeEventListener('abort', onAbort);
      worker.off('message', onReply).off('error', onError).off('exit', onExit);
    });
  }

  #start(): Thread {
    const pattern = typeof this.#pattern === 'string' ? { text: this.#pattern } : this.#pattern;
    const progress = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
    const numbers = new Int32Array(progress);
    Atomics.store(numbers, TEXT, IDLE);
    const workerData: SearchThreadData = {
      pattern: 'text' in pattern ? pattern : { source: pattern.source, flags: pattern.flags },
      progress,
    };
    const worker = new Worker(searchWorkerPath(), { name: 'cloudflare-kv-search', workerData });
    worker.on('error', () => {
      // The `exit` event follows and informs the caller.
    });
    worker.on('exit', () => {
      if (this.#thread?.worker === worker) this.#thread = undefined;
    });
    return { worker, progress: numbers };
  }
}

const brokenOff = (error: unknown): KvError =>
  new KvError('server', l10n.t('The search broke off: {0}', errorText(error)), { cause: error });
