import * as l10n from '@vscode/l10n';
import { isKvError, KvError, type KvErrorKind } from '../core/base/errors.ts';
import type { Timing } from '../core/base/timing.ts';
import type { BulkOptions, Expectation, KeyFailure, WriteOutcome } from '../core/store/store.ts';
import { type BulkReply, unaccounted } from './bulkReply.ts';
import { ComparedKeys } from './comparedKeys.ts';
import { type Comparison, NothingToSend } from './comparison.ts';
import { type Subject, toKvError } from './errors.ts';
import { FailedRequest, type Failure } from './failure.ts';

/** How often keys that the server left undone are sent again. */
const AGAIN = 3;
const FIRST_PAUSE_MS = 1000;
/** The most requests spent on finding the item for which a whole request was refused. */
const MOST_SPLITS = 40;

/** The items of one request. */
export interface BulkBatch<T> {
  readonly items: readonly T[];
  /** Sends the items that `left` returns at the time of each attempt. */
  readonly send: (left: () => readonly T[], compared: Comparison) => Promise<BulkReply>;
}

export interface BulkWork<T> {
  readonly keyOf: (item: T) => string;
  /** Splits items into requests, in order. Each batch is created when it is requested. */
  readonly batches: (items: readonly T[]) => Iterable<BulkBatch<T>>;
  readonly subject: (key: string) => Subject;
  readonly expected: Expectation;
  /**
   * Why an item that was valid at first would now be refused, or will be in this many seconds. Called when a request
   * was refused.
   */
  readonly problemOf?: (item: T, inSeconds: number) => KvError | undefined;
  /** Whether the reason for a refusal can apply to this item; by default, it can apply to any. */
  readonly concerns?: (failure: Failure, item: T) => boolean;
  readonly timing: Timing;
}

/**
 * Runs a bulk operation batch by batch. If a key occurs several times, only its last item is sent, and counted as often
 * as the key occurs. Keys that the server leaves undone are sent again, then reported as failed. So are keys that its
 * answer does not confirm, after they were read again. An error that would also affect the next batch ends the
 * operation, and the remaining keys fail with it.
 */
export async function runBulk<T>(
  all: readonly T[],
  work: BulkWork<T>,
  options: BulkOptions = {},
): Promise<WriteOutcome> {
  return await new BulkRun(all, work, options).run();
}

class BulkRun<T> {
  readonly #work: BulkWork<T>;
  readonly #options: BulkOptions;
  /** How often each key occurs. */
  readonly #times = new Map<string, number>();
  readonly #items: readonly T[];
  readonly #failed: KeyFailure[] = [];
  readonly #untried: string[] = [];
  #done = 0;
  #splits = MOST_SPLITS;
  #cancelled = false;
  /** Set by the error of a request. It is not yet converted, so that each remaining key gets it with its own name. */
  #stopped: { readonly error: unknown } | undefined;

  constructor(all: readonly T[], work: BulkWork<T>, options: BulkOptions) {
    this.#work = work;
    this.#options = options;
    const last = new Map<string, T>();
    for (const item of all) {
      const key = work.keyOf(item);
      this.#times.set(key, (this.#times.get(key) ?? 0) + 1);
      last.set(key, item);
    }
    this.#items = [...last.values()];
  }

  async run(): Promise<WriteOutcome> {
    const { signal, report } = this.#options;
    const { keyOf, batches, expected, timing } = this.#work;
    const all = new ComparedKeys(this.#items.map(keyOf), { expected, timing, signal });
    let seen = 0;
    for (const batch of batches(this.#items)) {
      this.#cancelled ||= signal?.aborted === true;
      if (this.#cancelled || this.#stopped) break;
      await this.#send(batch, all.some(batch.items.map(keyOf)));
      seen += batch.items.length;
      if (!this.#cancelled) report?.(this.#done + this.#failed.length);
    }
    const left = this.#items.slice(seen);
    if (this.#cancelled) for (const item of left) this.#leave(item);
    else for (const item of left) this.#fail(item, all, this.#stopped?.error);
    if (this.#stopped) report?.(this.#done + this.#failed.length);
    return {
      done: this.#done,
      skipped: 0,
      failed: this.#failed,
      cancelled: this.#cancelled,
      ...(this.#untried.length > 0 && { untried: this.#untried }),
    };
  }

  /** `again` is how often some of the items were sent before. */
  async #send({ items, send }: BulkBatch<T>, compared: ComparedKeys, again = 0): Promise<void> {
    const { keyOf } = this.#work;
    const left = (): readonly T[] =>
      compared.left.size === items.length ? items : items.filter((item) => compared.left.has(keyOf(item)));
    let reply: BulkReply;
    try {
      reply = await send(left, compared);
    } catch (error) {
      await this.#ended(items, compared, error, again);
      return;
    }
    this.#tellReviewed(items, compared);
    const undone = unaccounted(reply, compared);
    for (const item of left()) if (!undone.has(keyOf(item))) this.#done += this.#timesOf(item);
    const rest = left().filter((item) => undone.has(keyOf(item)));
    if (rest.length > 0) await this.#sendAgain(rest, compared.some(rest.map(keyOf)), again);
  }

  async #sendAgain(items: readonly T[], compared: ComparedKeys, again: number): Promise<void> {
    const { timing } = this.#work;
    if (again < AGAIN) await timing.sleep(FIRST_PAUSE_MS * 2 ** again);
    if (again < AGAIN && this.#options.signal?.aborted !== true) await this.#sendAll(items, compared, again + 1);
    else await this.#failAll(items, compared);
  }

  /** Sends items in as few requests as possible. */
  async #sendAll(items: readonly T[], compared: ComparedKeys, again: number): Promise<void> {
    const { keyOf, batches } = this.#work;
    for (const batch of batches(items)) {
      const some = compared.some(batch.items.map(keyOf));
      if (this.#stopped) await this.#failAll(batch.items, some, this.#stopped.error);
      else if (this.#cancelled) this.#tellCancelled(batch.items, some, again);
      else await this.#send(batch, some, again);
    }
  }

  /** Handles a request without an answer that accounts for its keys. */
  async #ended(items: readonly T[], compared: ComparedKeys, error: unknown, again: number): Promise<void> {
    const { keyOf, subject } = this.#work;
    if (error instanceof NothingToSend) {
      this.#tellReviewed(items, compared);
    } else if (isKvError(error, 'cancelled')) {
      this.#cancelled = true;
      this.#tellReviewed(items, compared);
      const left = items.filter((item) => compared.left.has(keyOf(item)));
      this.#tellCancelled(left, compared, again);
    } else {
      const { kind } = toKvError(error, subject(''));
      if (OF_ITEM.has(kind) && error instanceof FailedRequest && compared.lost === undefined) {
        this.#tellReviewed(items, compared);
        const left = items.filter((item) => compared.left.has(keyOf(item)));
        await this.#refused(left, compared, error, again);
      } else {
        if (!OF_SOME.has(kind)) this.#stopped = { error };
        await this.#failAll(items, compared, error);
      }
    }
  }

  /** Handles a request that was refused as a whole because of some of its items; none of them was written. */
  async #refused(items: readonly T[], compared: ComparedKeys, error: FailedRequest, again: number): Promise<void> {
    const { problemOf, concerns } = this.#work;
    // The server's clock may be up to a second ahead of the time it reports.
    for (const inSeconds of [0, 1]) {
      const good = items.filter((item) => {
        const problem = problemOf?.(item, inSeconds);
        if (problem) this.#fail(item, compared, problem);
        return problem === undefined;
      });
      if (good.length < items.length) return await this.#sendAll(good, compared, again);
    }
    const isConcerned = (item: T): boolean => concerns?.(error.failure, item) !== false;
    const concerned = items.filter(isConcerned);
    if (concerned.length < items.length) {
      await this.#sendAll(
        items.filter((item) => !isConcerned(item)),
        compared,
        again,
      );
    }
    if (concerned.length > 1 && this.#splits > 0) {
      this.#splits -= 2;
      const middle = concerned.length >> 1;
      for (const part of [concerned.slice(0, middle), concerned.slice(middle)])
        await this.#sendAll(part, compared, again);
    } else {
      for (const item of concerned) this.#fail(item, compared, concerned.length > 1 ? someRefused() : error);
    }
  }

  /** After a cancellation: items that were sent before have failed, the others were not tried. */
  #tellCancelled(items: readonly T[], compared: ComparedKeys, again: number): void {
    for (const item of items) {
      const key = this.#work.keyOf(item);
      if (compared.isUncertain(key) || again > 0) this.#fail(item, compared, this.#undoneError(key, compared));
      else this.#leave(item);
    }
  }

  /**
   * Fails all items except those that turn out to be written. Without an `error`, the server has left them undone
   * several times.
   */
  async #failAll(items: readonly T[], compared: ComparedKeys, error?: unknown): Promise<void> {
    await compared.settle();
    this.#tellReviewed(items, compared);
    for (const item of items) {
      const key = this.#work.keyOf(item);
      if (compared.left.has(key)) this.#fail(item, compared, error ?? this.#undoneError(key, compared));
    }
  }

  /** Reports what reviews have found about the items: written, changed by somebody else, or unreadable. */
  #tellReviewed(items: readonly T[], compared: ComparedKeys): void {
    for (const item of items) {
      const key = this.#work.keyOf(item);
      if (compared.isWritten(key)) this.#done += this.#timesOf(item);
      else if (compared.isLeftAlone(key)) this.#fail(item, compared, undefined);
    }
  }

  #undoneError(key: string, compared: ComparedKeys): unknown {
    return compared.isUncertain(key) && compared.lost ? new FailedRequest(compared.lost) : leftUndone();
  }

  #timesOf(item: T): number {
    return this.#times.get(this.#work.keyOf(item)) ?? 1;
  }

  #leave(item: T): void {
    for (let i = 0; i < this.#timesOf(item); i++) this.#untried.push(this.#work.keyOf(item));
  }

  #fail(item: T, compared: ComparedKeys, why: unknown): void {
    const key = this.#work.keyOf(item);
    const subject = this.#work.subject(key);
    const error = compared.errorOf(key, subject, why instanceof Reason ? why.about(subject) : why);
    const failure: KeyFailure = { key, error, ...(error.uncertain && { uncertain: true }) };
    for (let i = 0; i < this.#timesOf(item); i++) this.#failed.push(failure);
  }
}

/** Errors about particular items: other items may succeed. */
const OF_ITEM: ReadonlySet<KvErrorKind> = new Set(['invalidInput', 'tooLarge']);
/** Errors that may not affect the next request. */
const OF_SOME: ReadonlySet<KvErrorKind> = new Set([...OF_ITEM, 'busy', 'conflict']);

/** Why an operation failed, which each key reports in its own sentence. */
class Reason {
  readonly #kind: KvErrorKind;
  readonly #reason: string;

  constructor(kind: KvErrorKind, reason: string) {
    this.#kind = kind;
    this.#reason = reason;
  }

  about({ sentence }: Subject): KvError {
    return new KvError(this.#kind, sentence(this.#reason));
  }
}

const leftUndone = (): Reason =>
  new Reason('server', l10n.t('Cloudflare left it undone several times. Try again later.'));

const someRefused = (): Reason =>
  new Reason(
    'invalidInput',
    l10n.t(
      'it was sent with others, at least one of which Cloudflare refuses. Do it with fewer keys to find out which.',
    ),
  );
