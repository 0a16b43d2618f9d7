import * as l10n from '@vscode/l10n';
import { isKvError, KvError } from '../core/base/errors.ts';
import type { Timing } from '../core/base/timing.ts';
import type { Expectation } from '../core/store/store.ts';
import type { Comparison } from './comparison.ts';
import { type Subject, toKvError, toUncertain } from './errors.ts';
import { FailedRequest, type Failure } from './failure.ts';

export interface ComparedKeysParts {
  readonly expected: Expectation;
  readonly timing: Pick<Timing, 'now'>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The keys of a write in progress: which are still to be sent, what reviews have found, and for which an answer was
 * lost.
 */
export class ComparedKeys implements Comparison {
  readonly #parts: ComparedKeysParts;
  readonly #left: Set<string>;
  readonly #written = new Set<string>();
  readonly #moved = new Set<string>();
  /** Why these keys could not be read again. */
  readonly #unread = new Map<string, KvError>();
  readonly #uncertain = new Set<string>();
  #lost: Failure | undefined;
  #readAt: number;

  constructor(keys: Iterable<string>, parts: ComparedKeysParts) {
    this.#parts = parts;
    this.#left = new Set(keys);
    this.#readAt = parts.expected.readAt;
  }

  /** After a lost answer this is always too long ago, until the keys have been read again. */
  get readAt(): number {
    return this.#readAt;
  }

  /** Keys that no review has found to be written, changed or unreadable. */
  get left(): ReadonlySet<string> {
    return this.#left;
  }

  /** The failure by which the last answer was lost. */
  get lost(): Failure | undefined {
    return this.#lost;
  }

  isWritten(key: string): boolean {
    return this.#written.has(key);
  }

  /** Somebody else has changed the key, or it could not be read again. */
  isLeftAlone(key: string): boolean {
    return this.#moved.has(key) || this.#unread.has(key);
  }

  isUncertain(key: string): boolean {
    return this.#uncertain.has(key);
  }

  /** `keys` are those whose answer was lost; by default, all that are left. */
  lose(failure: Failure, keys: Iterable<string> = this.#left): void {
    for (const key of keys) this.#uncertain.add(key);
    this.#lost = failure;
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  async review(): Promise<boolean> {
    const { expected, timing, signal } = this.#parts;
    const reviews = await this.#read(expected, signal);
    for (const key of [...this.#left]) {
      const review = reviews.get(key);
      if (review === 'unchanged') continue;
      this.#left.delete(key);
      if (review === 'written') {
        this.#written.add(key);
        if (!this.#uncertain.has(key)) expected.madeByOthers?.(key);
      } else if (isKvError(review)) this.#unread.set(key, review);
      else this.#moved.add(key);
    }
    // If there is nothing to compare with, what was read never becomes outdated.
    this.#readAt = expected.readAt === Number.POSITIVE_INFINITY ? expected.readAt : timing.now();
    return this.#left.size > 0;
  }

  checkWritable(): void {
    this.#parts.expected.checkWritable?.();
  }

  /** Call at the end of a write. If an answer was lost, reads the remaining keys again. */
  async settle(): Promise<void> {
    if (this.#lost === undefined || this.#left.size === 0 || this.#parts.signal?.aborted) return;
    // Keys that cannot be read stay uncertain.
    await this.review().catch(() => {});
  }

  /** A copy for some of the keys, to send them in a separate request. */
  some(keys: Iterable<string>): ComparedKeys {
    const some = new ComparedKeys(keys, this.#parts);
    some.#readAt = this.#readAt;
    for (const key of some.#left) if (this.#uncertain.has(key)) some.#uncertain.add(key);
    some.#lost = some.#uncertain.size > 0 ? this.#lost : undefined;
    return some;
  }

  /** Why a key was not written, or may not have been. `error` is what ended the write, unless a review did. */
  errorOf(key: string, subject: Subject, error: unknown): KvError {
    if (this.#moved.has(key)) {
      const reason = l10n.t('it was changed by somebody else meanwhile. Look at it as it is now, and do it once more.');
      const moved = new KvError('conflict', subject.sentence(reason));
      return this.#uncertain.has(key) ? toUncertain(new KvError('conflict', reason), subject) : moved;
    }
    // Why the outcome is unknown matters more to the user than why it could not be checked.
    const why = this.#unread.has(key) ? (this.#lost ? new FailedRequest(this.#lost) : this.#unread.get(key)) : error;
    return this.#uncertain.has(key) ? toUncertain(why, subject) : toKvError(why, subject);
  }

  async #read(expected: Expectation, signal: AbortSignal | undefined) {
    try {
      return await expected.review([...this.#left], signal);
    } catch (error) {
      // For the same reason as in `errorOf`.
      if (this.#lost === undefined || isKvError(error, 'cancelled')) throw error;
      throw new FailedRequest(this.#lost);
    }
  }
}
