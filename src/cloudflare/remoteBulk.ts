import * as l10n from '@vscode/l10n';
import { isKvError, KvError } from '../core/errors.ts';
import type { BulkOptions, BulkOutcome } from '../core/store.ts';
import type { Timing } from '../core/timing.ts';
import { type Subject, toKvError } from './errors.ts';

/** How often keys that the server left undone are sent again. */
const AGAIN = 3;
const FIRST_PAUSE_MS = 1000;
/** How many requests may be spent on finding the item for which a whole request was refused. */
const MOST_SPLITS = 40;

/** One request's worth of a bulk operation: `send` resolves to the keys that were left undone. */
export interface BulkBatch<T> {
  readonly items: readonly T[];
  readonly send: () => Promise<readonly string[]>;
}

export interface BulkWork<T> {
  readonly keyOf: (item: T) => string;
  /** Splits items into requests, in order; made one at a time. */
  readonly batches: (items: readonly T[]) => Iterable<BulkBatch<T>>;
  readonly subject: (key: string) => Subject;
  readonly timing: Timing;
}

/**
 * Runs a bulk operation batch by batch. Of a key that comes more than once the last item is sent, and counted as often
 * as it comes. What the server leaves undone is sent again, then reported. An error that the next batch would meet too
 * ends it: the keys that are left have failed with it.
 */
export async function runBulk<T>(
  all: readonly T[],
  work: BulkWork<T>,
  options: BulkOptions = {},
): Promise<BulkOutcome> {
  return await new BulkRun(all, work, options).run();
}

class BulkRun<T> {
  readonly #work: BulkWork<T>;
  readonly #options: BulkOptions;
  /** How often each key comes. */
  readonly #times = new Map<string, number>();
  readonly #items: readonly T[];
  readonly #failed: { key: string; error: KvError }[] = [];
  #done = 0;
  #splits = MOST_SPLITS;
  #cancelled = false;
  #stopped: KvError | undefined;

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

  async run(): Promise<BulkOutcome> {
    const { signal, report } = this.#options;
    let seen = 0;
    for (const batch of this.#work.batches(this.#items)) {
      this.#cancelled ||= signal?.aborted === true;
      if (this.#cancelled || this.#stopped) break;
      await this.#send(batch);
      seen += batch.items.length;
      if (!this.#cancelled) report?.(this.#done + this.#failed.length);
    }
    if (this.#stopped) {
      for (const item of this.#items.slice(seen)) this.#fail(item, this.#stopped);
      report?.(this.#done + this.#failed.length);
    }
    return { done: this.#done, skipped: 0, failed: this.#failed, cancelled: this.#cancelled };
  }

  async #send(batch: BulkBatch<T>): Promise<void> {
    const { keyOf, batches, subject } = this.#work;
    const { items } = batch;
    try {
      const undone = await this.#settle(batch);
      for (const item of items) {
        if (undone.has(keyOf(item))) this.#fail(item, leftUndone(subject(keyOf(item))));
        else this.#done += this.#timesOf(item);
      }
    } catch (error) {
      if (isKvError(error, 'cancelled')) {
        this.#cancelled = true;
        return;
      }
      const isOfItem = isKvErrorOfItem(toKvError(error, subject('')));
      if (isOfItem && items.length > 1 && this.#splits > 0) {
        this.#splits -= 2;
        const middle = items.length >> 1;
        for (const part of [items.slice(0, middle), items.slice(middle)]) {
          for (const smaller of batches(part)) await this.#send(smaller);
        }
        return;
      }
      for (const item of items) this.#fail(item, error);
      if (!isOfItem) this.#stopped = toKvError(error, subject(keyOf(items[0] as T)));
    }
  }

  /** The keys that stay undone although they were sent again. */
  async #settle(batch: BulkBatch<T>): Promise<ReadonlySet<string>> {
    const { keyOf, batches, timing } = this.#work;
    let undone = new Set(await batch.send());
    for (let again = 0; again < AGAIN && undone.size > 0; again++) {
      await timing.sleep(FIRST_PAUSE_MS * 2 ** again);
      if (this.#options.signal?.aborted) break;
      const still: string[] = [];
      for (const smaller of batches(batch.items.filter((item) => undone.has(keyOf(item))))) {
        still.push(...(await smaller.send()));
      }
      undone = new Set(still);
    }
    return undone;
  }

  #timesOf(item: T): number {
    return this.#times.get(this.#work.keyOf(item)) ?? 1;
  }

  #fail(item: T, error: unknown): void {
    const key = this.#work.keyOf(item);
    const failure = { key, error: toKvError(error, this.#work.subject(key)) };
    for (let i = 0; i < this.#timesOf(item); i++) this.#failed.push(failure);
  }
}

/** Whether an error is about what was sent: other items may fare better. */
const isKvErrorOfItem = ({ kind }: KvError): boolean => kind === 'invalidInput' || kind === 'tooLarge';

const leftUndone = ({ sentence }: Subject): KvError =>
  new KvError('server', sentence(l10n.t('Cloudflare left it undone several times. Try again later.')));
