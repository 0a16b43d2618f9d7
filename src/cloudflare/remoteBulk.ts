import * as l10n from '@vscode/l10n';
import { isKvError, KvError } from '../core/base/errors.ts';
import type { Timing } from '../core/base/timing.ts';
import type { BulkOptions, BulkOutcome } from '../core/store/store.ts';
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
  /** Why an item, good when it was given, would be refused by now; asked when a request was. */
  readonly problemOf?: (item: T) => KvError | undefined;
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
  /** Of a request, so that each key that is left is told it by its own name. */
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
      for (const item of this.#items.slice(seen)) this.#fail(item, this.#stopped.error);
      report?.(this.#done + this.#failed.length);
    }
    return { done: this.#done, skipped: 0, failed: this.#failed, cancelled: this.#cancelled };
  }

  /** `again` counts how often some of the items were sent before. */
  async #send({ items, send }: BulkBatch<T>, again = 0): Promise<void> {
    const { keyOf, subject, timing } = this.#work;
    let undone: ReadonlySet<string>;
    try {
      undone = new Set(await send());
    } catch (error) {
      await this.#refused(items, error, again);
      return;
    }
    const left = items.filter((item) => undone.has(keyOf(item)));
    for (const item of items) if (!undone.has(keyOf(item))) this.#done += this.#timesOf(item);
    if (left.length > 0 && again < AGAIN) await timing.sleep(FIRST_PAUSE_MS * 2 ** again);
    if (again < AGAIN && this.#options.signal?.aborted !== true) await this.#sendAll(left, again + 1);
    else for (const item of left) this.#fail(item, leftUndone(subject(keyOf(item))));
  }

  /** In as few requests as they need. */
  async #sendAll(items: readonly T[], again: number): Promise<void> {
    for (const batch of this.#work.batches(items)) {
      if (this.#stopped) for (const item of batch.items) this.#fail(item, this.#stopped.error);
      else await this.#send(batch, again);
    }
  }

  /** Nothing of a request was done. */
  async #refused(items: readonly T[], error: unknown, again: number): Promise<void> {
    const { keyOf, subject, problemOf } = this.#work;
    if (isKvError(error, 'cancelled')) {
      this.#cancelled = true;
      // The others that they were sent with are done: of a cancelled operation it is the first ones that have an end.
      if (again > 0) for (const item of items) this.#fail(item, leftUndone(subject(keyOf(item))));
      return;
    }
    const isOfItem = isKvErrorOfItem(toKvError(error, subject('')));
    const problems = new Map(isOfItem ? items.map((item) => [item, problemOf?.(item)]) : []);
    const good = items.filter((item) => problems.get(item) === undefined);
    if (isOfItem && good.length < items.length) {
      for (const [item, problem] of problems) if (problem) this.#fail(item, problem);
      await this.#sendAll(good, again + 1);
    } else if (isOfItem && items.length > 1 && this.#splits > 0) {
      this.#splits -= 2;
      const middle = items.length >> 1;
      for (const part of [items.slice(0, middle), items.slice(middle)]) await this.#sendAll(part, again);
    } else {
      for (const item of items) this.#fail(item, error);
      if (!isOfItem) this.#stopped = { error };
    }
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
