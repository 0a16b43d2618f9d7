import { isKvError, type KvError } from '../../core/base/errors.ts';
import type { Expectation } from '../../core/store/store.ts';
import { settleDoubts, stillInDoubt } from '../doubts.ts';
import { movedError } from '../faultErrors.ts';
import type { WriteFailure } from '../localWriter.ts';
import {
  answerError,
  failedError,
  goneError,
  notComparedError,
  silenceError,
  stillSilentError,
  unaccountedError,
} from './answerErrors.ts';
import { notDone } from './bulkAnswer.ts';
import type { FindMoved } from './comparison.ts';
import { isNoReply, isStaleConnection } from './http.ts';
import type { NamespaceApi } from './namespaceApi.ts';
import type { Answer } from './reply.ts';
import type { Item, Work } from './work.ts';

/** What became of one key. */
export interface Failure extends Omit<WriteFailure, 'index'> {
  /** The server does not answer in time, so nothing more is sent to it. */
  readonly isSilent?: boolean;
}

/** What a write relies on, and how to compare it. */
interface Reliance {
  readonly expected: Expectation | undefined;
  readonly findMoved: FindMoved;
  readonly signal: AbortSignal | undefined;
}

/** Writes keys through a dev server, one request after another. */
export class ChunkWriter<I extends Item> {
  readonly #api: NamespaceApi;
  readonly #work: Work<I>;
  readonly #reliance: Reliance;
  /** Keys of the current chunk that were sent again after a lost answer, with the error of that attempt. */
  readonly #lost = new Map<string, KvError>();

  constructor(api: NamespaceApi, work: Work<I>, reliance: Reliance) {
    this.#api = api;
    this.#work = work;
    this.#reliance = reliance;
  }

  /**
   * Returns a lookup of failures by key. The last of a repeated key counts, because a request may not name a key twice.
   */
  async write(chunk: readonly I[]): Promise<(key: string) => Failure | undefined> {
    const items = [...new Map(chunk.map((item) => [item.key, item])).values()];
    const failures = new Map<string, Failure>();
    this.#lost.clear();
    const single = items.filter((item) => !this.#api.hasBulk || items.length === 1 || this.#work.isSingle(item));
    const bulk = items.filter((item) => !single.includes(item));
    const left = [...(await this.#writeBulk(bulk, failures)), ...single];
    let [end] = [...failures.values()].flatMap((failure) => this.endOf(failure) ?? []);
    for (const item of left) {
      const failure = end === undefined ? await this.#writeOne(item) : end(item.key);
      if (failure === undefined) continue;
      failures.set(item.key, failure);
      end ??= this.endOf(failure);
    }
    for (const [key, lost] of this.#lost) {
      const failure = failures.get(key);
      if (failure === undefined) continue;
      failures.set(key, { ...failure, error: stillInDoubt(failure.error, lost, this.#work.deed, key) });
    }
    return (key) => failures.get(key);
  }

  /** What a failure means for the keys after it, if it ends the work. */
  endOf({ error, closed, isSilent }: Failure): ((key: string) => Failure) | undefined {
    const { deed } = this.#work;
    if (error.kind === 'readOnly') return () => ({ error });
    if (closed) return (key) => ({ error: goneError(deed, key, this.#port), closed: 'devServer' });
    if (isSilent) return (key) => ({ error: stillSilentError(deed, key, this.#port), isSilent: true });
    return undefined;
  }

  /**
   * Returns the items to try singly: those that the server listed as not done, or all of them if it refused the whole
   * request. Without an answer nothing is tried again, and every key is in `failures`.
   */
  async #writeBulk(
    items: readonly I[],
    failures: Map<string, Failure>,
    onStale: 'again' | 'fail' = 'again',
  ): Promise<readonly I[]> {
    const moved = await this.#movedOf(items.map(({ key }) => key));
    const open = items.filter(({ key }) => !settle(failures, key, moved(key)));
    if (open.length === 0) return [];
    const refusal = this.#refusal();
    if (refusal) {
      for (const { key } of open) failures.set(key, refusal);
      return [];
    }
    const { deed } = this.#work;
    let answer: Answer;
    try {
      answer = await this.#work.many(this.#api, open);
    } catch (error) {
      if (isStaleConnection(error) && onStale === 'again') {
        const again = await this.#settled(open, failures, (key) => this.#silence(error, key).error);
        return await this.#writeBulk(again, failures, 'fail');
      }
      for (const { key } of open) failures.set(key, this.#silence(error, key));
      return [];
    }
    const named = notDone(answer, new Set(open.map(({ key }) => key)));
    if (named !== undefined) return open.filter(({ key }) => named.has(key));
    return await this.#settled(open, failures, (key) => unaccountedError(deed, key, this.#port));
  }

  async #writeOne(item: I, onStale: 'again' | 'fail' = 'again'): Promise<Failure | undefined> {
    const { key } = item;
    const { deed } = this.#work;
    const reason = this.#work.cannot(item, this.#api.hasBulk);
    if (reason !== undefined) return { error: reason };
    const failure = (await this.#movedOf([key]))(key) ?? this.#refusal();
    if (failure !== undefined) return failure;
    let answer: Answer;
    try {
      answer = await this.#work.one(this.#api, item);
    } catch (error) {
      const lost = this.#silence(error, key);
      if (!isStaleConnection(error) || onStale === 'fail') return lost;
      const failures = new Map<string, Failure>();
      const [again] = await this.#settled([item], failures, () => lost.error);
      return again === undefined ? failures.get(key) : await this.#writeOne(again, 'fail');
    }
    if (answer.kind === 'ok') return this.#work.isCounted(item) ? this.#counted(key, answer) : undefined;
    const error = answerError(answer, deed, key, this.#port);
    return answer.kind === 'foreign' ? { error, closed: 'devServer' } : { error };
  }

  #counted(key: string, answer: Answer): Failure | undefined {
    const { deed } = this.#work;
    const named = notDone(answer, new Set([key]));
    if (named === undefined) return { error: unaccountedError(deed, key, this.#port) };
    return named.has(key) ? { error: failedError(deed, key, this.#port) } : undefined;
  }

  /** Why nothing may be written any more. Asked after every wait. */
  #refusal(): Failure | undefined {
    try {
      this.#reliance.expected?.checkWritable?.();
      return undefined;
    } catch (error) {
      if (isKvError(error)) return { error };
      throw error;
    }
  }

  /**
   * Compares each key again with what the write relies on. Returns a lookup of the keys that may not be written, and
   * why.
   */
  async #movedOf(keys: readonly string[]): Promise<(key: string) => Failure | undefined> {
    const { expected, findMoved, signal } = this.#reliance;
    if (expected === undefined || keys.length === 0) return () => undefined;
    const { deed } = this.#work;
    try {
      const moved = await findMoved(keys, expected, signal);
      return (key) => {
        const why = moved.get(key);
        return why && { error: why === 'moved' ? movedError(deed, key) : notComparedError(why, deed, key) };
      };
    } catch (error) {
      return (key) => ({ error: notComparedError(error, deed, key) });
    }
  }

  /** The items to send again after an answer that left open what became of them. */
  async #settled(
    items: readonly I[],
    failures: Map<string, Failure>,
    lost: (key: string) => KvError,
  ): Promise<readonly I[]> {
    const { expected, signal } = this.#reliance;
    const errors = new Map(items.map(({ key }) => [key, lost(key)]));
    for (const [key, error] of errors) this.#lost.set(key, error);
    const settlements = await settleDoubts(errors, this.#work.deed, expected, signal);
    return items.filter(({ key }) => {
      const settlement = settlements.get(key) ?? 'again';
      return typeof settlement === 'string' ? settlement === 'again' : !settle(failures, key, settlement);
    });
  }

  /** A call that timed out may still be carried out, so it must not be repeated elsewhere. */
  #silence(error: unknown, key: string): Failure {
    const failure = { error: silenceError(error, this.#work.deed, key, this.#port) };
    return isNoReply(error, 'timeout') ? { ...failure, isSilent: true } : { ...failure, closed: 'devServer' };
  }

  get #port(): number {
    return this.#api.server.address.port;
  }
}

/** Notes the failure of a key, if any; returns whether there was one. */
function settle(failures: Map<string, Failure>, key: string, failure: Failure | undefined): boolean {
  if (failure !== undefined) failures.set(key, failure);
  return failure !== undefined;
}
