import * as l10n from '@vscode/l10n';
import { throwIfCancelled } from '../base/cancel.ts';
import { isKvError, KvError, type KvErrorKind } from '../base/errors.ts';
import { realTiming, type Timing } from '../base/timing.ts';
import type { KvEntry } from '../entry/entry.ts';
import { entryDigest, stateOf } from '../entry/entryDigest.ts';
import { readDigests, readSome } from '../store/readStates.ts';
import type {
  Expectation,
  KeyFailure,
  KeyReview,
  KvStore,
  OnUnread,
  WriteOptions,
  WriteOutcome,
} from '../store/store.ts';
import { notCertainlyAbsent } from '../store/unread.ts';
import { failureOf } from './failures.ts';
import type { JournalLine } from './journal/format.ts';
import type { Recorder } from './journal/journalWriter.ts';
import type { KeyChange } from './keyChange.ts';

/** Milliseconds to wait before checking whether a write with a lost answer was carried out. */
const SETTLE_MS = 1000;

/** The state of keys a moment ago, to use instead of a read. */
export interface KnownStates {
  readonly entries: ReadonlyMap<string, KvEntry>;
  /** When the read began: it may miss later changes. By `performance.now`, as is `readAt`. */
  readonly begunAt: number;
  /** When the read ended. */
  readonly readAt: number;
}

export interface BatchOptions {
  /** Absent if nothing is kept for Undo. */
  readonly recorder?: Recorder | undefined;
  /** If the old state cannot be kept, for want of room or because the disk fails, the change is made all the same. */
  readonly isKeepingOptional?: boolean;
  /** The user is waiting for this key: it is written with a single request, and is stored when the promise resolves. */
  readonly isSingle?: boolean;
  readonly known?: KnownStates | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of keys of the batch that are finished. */
  readonly report?: ((done: number) => void) | undefined;
  /** Stops reading when the values reach this many bytes; the remaining keys are left for another batch. */
  readonly bytes?: number;
  /** Converts the error of a read before the change: of all keys, or with `isSingle` of one. */
  readonly onUnread?: ((error: unknown) => unknown) | undefined;
  /** Keys of the operation that were finished before this batch. */
  readonly doneBefore?: number;
  readonly timing?: Pick<Timing, 'sleep'>;
}

export interface BatchOutcome {
  readonly done: number;
  readonly skipped: number;
  readonly failed: readonly KeyFailure[];
  readonly cancelled: boolean;
  /** Nothing was sent for these, because the operation was cancelled. */
  readonly untried: readonly KeyChange[];
  /** Nothing was done with these, because their old state could not be kept. */
  readonly unkept: readonly KeyChange[];
  /** These were not read, because the values read before them use up the memory allowed. */
  readonly unread: readonly KeyChange[];
  /** Keys that were, or may have been, written. */
  readonly sent: number;
  /** The error of a write that was refused as a whole: another batch would fail too. */
  readonly broken?: KvError;
  /** The store rejected instead of reporting each key. */
  readonly isRejected?: boolean;
  /** The state of the keys as read. */
  readonly before: ReadonlyMap<string, KvEntry>;
  /** The new state of the keys that were certainly written; `undefined` for deleted keys. */
  readonly after: ReadonlyMap<string, KvEntry | undefined>;
}

/** A key that is written or deleted. */
interface Writing {
  readonly change: KeyChange;
  /** `undefined` deletes. */
  readonly entry: KvEntry | undefined;
}

/**
 * Reads keys, decides what they become, keeps their old state, writes, and accounts for every key. The caller holds the
 * locks of the keys. Rejects if the keys could not be read or their old state not be kept; in both cases nothing was
 * written.
 */
export async function changeBatch(
  store: KvStore,
  changes: readonly KeyChange[],
  options: BatchOptions,
): Promise<BatchOutcome> {
  return await new Batch(store, changes, options).run();
}

class Batch {
  readonly #store: KvStore;
  #changes: readonly KeyChange[];
  #unread: readonly KeyChange[] = [];
  readonly #options: BatchOptions;
  readonly #failed = new Map<string, KeyFailure>();
  readonly #after = new Map<string, KvEntry | undefined>();
  /** Keys that are only read, but could not be. */
  readonly #unseen = new Set<string>();
  /** Keys whose values can never be read, with what else they have, and why. */
  readonly #damaged = new Map<string, { readonly entry: KvEntry; readonly error: KvError }>();
  #before: ReadonlyMap<string, KvEntry> = new Map();
  #readAt = 0;
  #done = 0;
  #skipped = 0;
  #sent = 0;
  #cancelled = false;
  #untried: readonly KeyChange[] = [];
  /** Keys that already are as they should be. */
  readonly #asWanted = new Set<string>();
  #broken: KvError | undefined;
  #isRejected = false;

  constructor(store: KvStore, changes: readonly KeyChange[], options: BatchOptions) {
    this.#store = store;
    this.#changes = changes;
    this.#options = options;
  }

  async run(): Promise<BatchOutcome> {
    const { signal, onUnread, isSingle } = this.#options;
    throwIfCancelled(signal);
    try {
      await this.#read();
    } catch (error) {
      throw onUnread ? onUnread(error) : error;
    }
    if (onUnread && isSingle) {
      for (const [key, { error }] of this.#failed) this.#failed.set(key, failureOf(key, onUnread(error)));
    }
    const decided = this.#decide();
    const kept = await this.#keep(decided);
    const writings = decided.slice(0, kept);
    try {
      await this.#write(writings);
    } finally {
      if (writings.length > 0) await this.#mark(writings);
    }
    return {
      done: this.#done,
      skipped: this.#skipped,
      failed: [...this.#failed.values()],
      cancelled: this.#cancelled,
      untried: this.#untried,
      unkept: decided.slice(kept).map(({ change }) => change),
      sent: this.#sent,
      before: this.#before,
      after: this.#after,
      unread: this.#unread,
      ...(this.#broken && { broken: this.#broken, isRejected: this.#isRejected }),
    };
  }

  async #read(): Promise<void> {
    const { known, signal, bytes = Number.POSITIVE_INFINITY } = this.#options;
    if (known) {
      this.#before = known.entries;
      this.#readAt = known.readAt;
      return;
    }
    const onlyRead = new Set(this.#changes.flatMap(({ key, isOnlyRead }) => (isOnlyRead ? key : [])));
    const fail: OnUnread = (failure, entry) => {
      const { key, error } = failure;
      if (onlyRead.has(key)) this.#unseen.add(key);
      else if (entry) this.#damaged.set(key, { entry, error });
      else this.#failed.set(key, failure);
    };
    const keys = this.#changes.map(({ key }) => key);
    const { found: entries, rest } = await readSome(this.#store, keys, bytes, signal, fail);
    [this.#changes, this.#unread] = partition(this.#changes, ({ key }) => !rest.has(key));
    this.#before = entries;
    this.#readAt = performance.now();
    if (this.#store.staleMs === undefined) return;
    const isOpen = ({ key, isListed }: KeyChange): boolean =>
      isListed === true && !this.#before.has(key) && !this.#failed.has(key);
    const doubtful = this.#changes.filter(isOpen).map(({ key }) => key);
    if (doubtful.length === 0) return;
    const again = new Map(entries);
    for await (const entry of this.#store.getMany(doubtful, signal, fail)) again.set(entry.key, entry);
    this.#before = again;
    for (const { key } of this.#changes.filter(isOpen)) fail({ key, error: notCertainlyAbsent(key) });
  }

  /** The first ones are of damaged keys. */
  #decide(): readonly Writing[] {
    const writings: Writing[] = [];
    for (const change of this.#changes) {
      const { key } = change;
      if (this.#failed.has(key) || this.#unseen.has(key)) continue;
      try {
        const damaged = this.#damaged.get(key);
        if (damaged && !change.onDamaged) throw damaged.error;
        if (damaged) change.onDamaged?.(damaged.error);
        const step = change.decide(this.#found(key), this.#before);
        if (step === 'keep') {
          this.#done++;
          this.#asWanted.add(key);
        } else if (step === 'skip') this.#skipped++;
        else if (step !== 'none') writings.push({ change, entry: step === 'delete' ? undefined : step.entry });
      } catch (error) {
        this.#fail(key, error);
      }
    }
    return partition(writings, ({ change }) => this.#damaged.has(change.key)).flat();
  }

  /** The state of a key as read. */
  #found(key: string): KvEntry | undefined {
    return this.#damaged.get(key)?.entry ?? this.#before.get(key);
  }

  /** Keeps the old state. Resolves to how many of the writings may be carried out. */
  async #keep(writings: readonly Writing[]): Promise<number> {
    const { recorder, isKeepingOptional } = this.#options;
    const whole = writings.filter(({ change }) => !this.#damaged.has(change.key));
    if (!recorder || whole.length === 0) return writings.length;
    const lines = whole.map(({ change: { key }, entry }): JournalLine => {
      const before = this.#before.get(key);
      const after = entryDigest(entry);
      const ends = entry?.expiration;
      return {
        key,
        ...(before && { before: stateOf(before) }),
        ...(after !== undefined && { after }),
        ...(ends !== undefined && { ends }),
      };
    });
    try {
      const kept = await recorder.keep(lines);
      return isKeepingOptional ? writings.length : writings.length - whole.length + kept;
    } catch (error) {
      if (isKeepingOptional) return writings.length;
      throw error;
    }
  }

  async #write(writings: readonly Writing[]): Promise<void> {
    const puts = writings.filter(({ entry }) => entry !== undefined);
    if (puts.length > 0) await this.#send(puts, this.#options.signal);
    // Settled first, because some deletes may follow only if their write is certain.
    await this.#settle(puts);
    const deletes = writings.filter(({ entry }) => entry === undefined);
    const [free, stopped] = partition(deletes, ({ change }) => this.#mayFollow(change));
    for (const { change } of stopped) this.#fail(change.key, notFollowed(change, this.#failed.get(change.after ?? '')));
    if (this.#cancelled) this.#untried = [...this.#untried, ...free.map(({ change }) => change)];
    else if (free.length > 0) {
      // A delete whose write has succeeded is not cancelled, so that a rename is not left half done.
      const isBegun = free.some(({ change: { after } }) => after !== undefined && this.#after.has(after));
      await this.#send(free, isBegun ? undefined : this.#options.signal);
    }
    await this.#settle(free);
  }

  #mayFollow({ after }: KeyChange): boolean {
    return after === undefined || this.#after.has(after) || this.#asWanted.has(after);
  }

  /** All of them are puts, or all are deletes. */
  async #send(writings: readonly Writing[], signal: AbortSignal | undefined): Promise<void> {
    const keys = writings.map(({ change }) => change.key);
    const entries = writings.flatMap(({ entry }) => entry ?? []);
    const expected = this.#expectation(writings);
    const { report } = this.#options;
    const behind = this.#done + this.#skipped + this.#failed.size;
    const bulk: WriteOptions = {
      expected,
      ...(signal && { signal }),
      ...(report && { report: (done: number) => report(behind + done) }),
    };
    const outcome = await this.#outcomeOf(keys, entries, bulk);
    for (const failure of outcome.failed) this.#fail(failure.key, failure.error, failure.uncertain);
    const untried = new Set(untriedKeys(keys, outcome));
    this.#cancelled ||= outcome.cancelled;
    this.#broken ??= refusalOfAll(outcome, writings.length);
    for (const { change, entry } of writings) {
      const failure = this.#failed.get(change.key);
      if (untried.has(change.key)) this.#untried = [...this.#untried, change];
      else if (!failure) {
        this.#done++;
        this.#noteWritten(change, entry);
      }
      if (!untried.has(change.key) && (!failure || failure.uncertain)) this.#sent++;
    }
  }

  async #outcomeOf(keys: readonly string[], entries: readonly KvEntry[], bulk: WriteOptions): Promise<WriteOutcome> {
    const [key] = keys;
    const [entry] = entries;
    try {
      if (!this.#options.isSingle || keys.length > 1 || key === undefined) {
        return await (entries.length > 0 ? this.#store.putMany(entries, bulk) : this.#store.deleteMany(keys, bulk));
      }
      if (entry) await this.#store.put(entry, bulk.signal, bulk.expected);
      else await this.#store.delete(key, bulk.signal, bulk.expected);
      return { done: 1, skipped: 0, failed: [], cancelled: false };
    } catch (error) {
      const isUncertain = isKvError(error) && error.uncertain === true;
      if (isKvError(error, 'cancelled') && !isUncertain) {
        return { done: 0, skipped: 0, failed: [], cancelled: true, untried: keys };
      }
      this.#isRejected = true;
      const failed = keys.map((one) => failureOf(one, error));
      return { done: 0, skipped: 0, failed, cancelled: isKvError(error, 'cancelled') };
    }
  }

  #expectation(writings: readonly Writing[]): Expectation {
    const wanted = new Map(writings.map(({ change, entry }) => [change.key, entry]));
    const changes = new Map(writings.map(({ change }) => [change.key, change]));
    const relied = this.#changes.flatMap(({ key, isOnlyRead }) => (isOnlyRead && !this.#unseen.has(key) ? key : []));
    return {
      entry: (key) => this.#found(key),
      relied,
      // If the write relies on another key, a store that can only review must do so right before writing, however
      // recent the read is.
      readAt: relied.length > 0 ? Number.NEGATIVE_INFINITY : this.#readAt,
      madeByOthers: (key) => changes.get(key)?.onMadeByOthers?.(),
      review: async (keys, signal) => {
        const unread = new Map<string, KvError>();
        const all = [...keys, ...relied];
        const now = await readDigests(this.#store, all, signal, ({ key, error }) => unread.set(key, error));
        const of = (key: string): KeyReview =>
          unread.get(key) ?? reviewOf(now.get(key)?.digest, this.#before.get(key), wanted.get(key));
        const other = relied.map(of).find((review) => review !== 'unchanged');
        const isOff = (review: KeyReview): boolean => review === 'unchanged' && other !== undefined;
        return new Map(keys.map((key) => [key, isOff(of(key)) ? (isKvError(other) ? other : 'moved') : of(key)]));
      },
    };
  }

  /** An uncertain write may become visible a moment later. */
  async #settle(writings: readonly Writing[]): Promise<void> {
    const open = writings.filter(({ change }) => this.#failed.get(change.key)?.uncertain);
    if (open.length === 0) return;
    try {
      await (this.#options.timing ?? realTiming).sleep(SETTLE_MS, this.#options.signal);
      const unread = new Set<string>();
      const keys = open.map(({ change }) => change.key);
      const now = await readDigests(this.#store, keys, this.#options.signal, ({ key }) => unread.add(key));
      for (const { change, entry } of open) {
        const { key } = change;
        if (unread.has(key) || now.get(key)?.digest !== entryDigest(entry)) continue;
        this.#failed.delete(key);
        this.#noteWritten(change, entry);
        this.#done++;
      }
    } catch {
      // The write stays uncertain, and is reported as such.
    }
  }

  #noteWritten(change: KeyChange, entry: KvEntry | undefined): void {
    this.#after.set(change.key, entry);
    change.onWritten?.();
  }

  async #mark(writings: readonly Writing[]): Promise<void> {
    const untried = new Set(this.#untried);
    const failed: string[] = [];
    const uncertain: string[] = [];
    for (const { change } of writings) {
      const failure = this.#failed.get(change.key);
      if (this.#damaged.has(change.key)) continue;
      if (failure?.uncertain) uncertain.push(change.key);
      else if (failure || untried.has(change)) failed.push(change.key);
    }
    await this.#options.recorder?.mark({
      ...(failed.length > 0 && { failed }),
      ...(uncertain.length > 0 && { uncertain }),
      done: (this.#options.doneBefore ?? 0) + this.#done + this.#skipped,
    });
  }

  #fail(key: string, error: unknown, uncertain?: true): void {
    const failure = failureOf(key, error);
    this.#failed.set(key, uncertain ? { ...failure, uncertain } : failure);
  }
}

/**
 * After one of these errors the next batch would fail too. A store that cannot be reached is not tried for each batch.
 */
const LASTING: ReadonlySet<KvErrorKind> = new Set([
  'unauthenticated',
  'forbidden',
  'offline',
  'namespaceNotFound',
  'readOnly',
  'unsupported',
  'rateLimited',
]);

function refusalOfAll({ failed }: WriteOutcome, sent: number): KvError | undefined {
  const error = failed[0]?.error;
  if (error === undefined || failed.length < sent || !LASTING.has(error.kind)) return undefined;
  return failed.every((failure) => failure.error.kind === error.kind) ? error : undefined;
}

/** If a store does not name the untried keys, they are the last ones. */
const untriedKeys = (keys: readonly string[], { done, skipped, failed, cancelled, untried }: WriteOutcome) =>
  untried ?? (cancelled ? keys.slice(done + skipped + failed.length) : []);

function reviewOf(digest: string | undefined, before: KvEntry | undefined, wanted: KvEntry | undefined): KeyReview {
  // Checked first, for keys that are written although they seem unchanged: sending the write again does no harm.
  if (digest === entryDigest(before)) return 'unchanged';
  return digest === entryDigest(wanted) ? 'written' : 'moved';
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

const notFollowed = ({ key, after = '' }: KeyChange, failure: KeyFailure | undefined): KvError =>
  new KvError(
    failure?.error.kind ?? 'cancelled',
    failure?.error.message ?? l10n.t('“{0}” was left alone, because “{1}” was not written.', key, after),
  );
