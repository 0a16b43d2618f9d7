import * as l10n from '@vscode/l10n';
import { throwIfCancelled } from '../base/cancel.ts';
import { isKvError, KvError, type KvErrorKind } from '../base/errors.ts';
import type { Timing } from '../base/timing.ts';
import { clockOf, type LifetimeClock } from '../entry/lifetimeClock.ts';
import { type BatchLimits, batchLimits, inBatches } from '../store/batches.ts';
import { shortText } from '../store/names.ts';
import type { NamespaceRef } from '../store/namespaceRef.ts';
import type { BulkOptions, BulkOutcome, KeyFailure, KvStore } from '../store/store.ts';
import { type BatchOutcome, changeBatch, type KnownStates } from './changeBatch.ts';
import { afterwards, failureOf, knownError } from './failures.ts';
import type { Journals } from './journal/journals.ts';
import type { JournalWriter } from './journal/journalWriter.ts';
import type { ChangedKey, KeyChange, Operation, ResumableWork } from './keyChange.ts';
import type { KeyLocks, Release } from './keyLocks.ts';
import { nothingDone } from './nothingDone.ts';

export interface ChangesParts {
  readonly journals: Journals;
  readonly locks: KeyLocks;
  /** Returns the store for writing to a namespace. Nothing else may use it. */
  readonly storeOf: (namespace: NamespaceRef) => Promise<KvStore>;
  readonly timing?: Pick<Timing, 'sleep'>;
}

export interface SingleOptions {
  readonly signal?: AbortSignal | undefined;
  /** The state of the keys a moment ago. Ignored for keys that this window has changed since. */
  readonly known?: KnownStates | undefined;
  /** The old state must be kept: without room for it, nothing is changed. */
  readonly isKeepingRequired?: boolean;
}

export interface RunOptions extends BulkOptions {
  /** How much is read and written at a time. */
  readonly limits?: BatchLimits;
  /** Absent if the work cannot be resumed. */
  readonly work?: ResumableWork | undefined;
  /** Id of the journal of an earlier run of the same work, which is continued. */
  readonly earlier?: string | undefined;
  /** The old state need not be kept, because a journal already has it. */
  readonly isUnrecorded?: boolean;
  /**
   * Called when there is no room to keep the old state: true continues without Undo, false stops. If absent, the work
   * continues.
   */
  readonly onFull?: (() => Promise<boolean>) | undefined;
  /** Called for each failure when it happens. */
  readonly onFailed?: ((failure: KeyFailure, change: KeyChange) => void) | undefined;
}

/** The outcome for every key. `undo` is the id for undoing it. */
export interface ChangeOutcome extends BulkOutcome {
  /** Absent if nothing that can be undone was written, or may have been. */
  readonly undo?: string;
  /** Keys that a cancelled operation had taken from its source but not tried; absent if there are none. */
  readonly untried?: readonly string[];
}

/**
 * The only way to write: locks keys, reads them, lets the caller decide their new state from the old one, keeps the old
 * state, overwrites only what was read, and accounts for every key.
 */
export class Changes {
  readonly #parts: ChangesParts;
  /** Returns the clock by which lifetimes in a namespace are judged. */
  readonly clockOf: (namespace: NamespaceRef) => Promise<LifetimeClock>;

  constructor(parts: ChangesParts) {
    this.#parts = parts;
    this.clockOf = async (namespace) => clockOf(await parts.storeOf(namespace));
  }

  /** Changes one key. Rejects with the reason if it was not written, and with kind `cancelled` if it was cancelled. */
  async one(operation: Operation, change: KeyChange, options: SingleOptions = {}): Promise<ChangedKey> {
    const { outcome, undo } = await this.#together(operation, [change], options);
    const { key } = change;
    const before = outcome.before.get(key);
    const isWritten = outcome.after.has(key);
    return {
      ...(undo !== undefined && { undo }),
      isWritten,
      before,
      entry: isWritten ? outcome.after.get(key) : before,
    };
  }

  /**
   * Changes a few keys, in order, while all of them are locked. Rejects with the error of the first that was not
   * changed.
   */
  async together(operation: Operation, changes: readonly KeyChange[], options: SingleOptions = {}): Promise<void> {
    await this.#together(operation, changes, options);
  }

  async #together(operation: Operation, changes: readonly KeyChange[], options: SingleOptions) {
    const { journals, locks, storeOf, timing } = this.#parts;
    const { namespace } = operation;
    const { signal, known, isKeepingRequired = false } = options;
    const store = await storeOf(namespace);
    const release = await locks.acquire(
      namespace,
      changes.map(({ key }) => key),
      signal,
    );
    let isSent = false;
    try {
      const isKnown = known && !changes.some(({ key }) => locks.isChangedSince(namespace, key, known.begunAt));
      const recorder = journals.single(operation, { isDurable: store.staleMs !== undefined });
      isSent = true;
      const outcome = await changeBatch(store, changes, {
        recorder,
        signal,
        isSingle: true,
        isKeepingOptional: !isKeepingRequired,
        onUnread: (error) => nothingDone(error, operation.kind),
        ...(isKnown && { known }),
        ...(timing && { timing }),
      });
      isSent = outcome.sent > 0;
      const [failure] = outcome.failed;
      if (failure) throw withWritten(failure.error, [...outcome.after.keys()]);
      if (outcome.unkept.length > 0) throw noRoom();
      if (outcome.cancelled) throwIfCancelled(signal);
      return { outcome, undo: outcome.sent > 0 ? recorder.id : undefined };
    } finally {
      release(isSent);
    }
  }

  /**
   * Changes any number of keys, batch by batch. Errors that the store reports per key are in `failed`, even if all keys
   * failed. If a whole request is refused, each of its keys has that error, and so have the keys of later batches,
   * which are not sent, so that the user sees a single reason. An error thrown by the store or while reading is
   * rethrown if nothing was done yet, and is in `failed` otherwise. An error of the source is rethrown too, after
   * everything before it was written.
   */
  async run(operation: Operation, changes: AsyncIterable<KeyChange>, options: RunOptions = {}): Promise<ChangeOutcome> {
    const store = await this.#parts.storeOf(operation.namespace);
    const run = new Run(this.#parts, operation, store, options);
    try {
      for await (const batch of inBatches(changes, ({ bytes = 0 }) => bytes, options.limits)) {
        await run.batch(batch);
        if (run.isOver) break;
      }
      return await run.end();
    } catch (error) {
      const outcome = await run.end(true);
      if (isKvError(error, 'cancelled')) return outcome;
      if (!isKvError(error) || run.isUntouched) throw error;
      throw afterwards(error, outcome);
    }
  }
}

/** Errors that would occur again on another try, so the work does not count as interrupted. */
const REFUSALS: ReadonlySet<KvErrorKind> = new Set(['invalidInput', 'tooLarge', 'conflict', 'notFound']);
/** The existing values may have this many times the bytes of those that are written together. */
const READ_FACTOR = 4;

class Run {
  readonly #parts: ChangesParts;
  readonly #operation: Operation;
  readonly #store: KvStore;
  readonly #options: RunOptions;
  #writer: JournalWriter | undefined;
  /** There is no room to keep the old state, and the user has agreed to continue. */
  #isUnkept = false;
  #failed: readonly KeyFailure[] = [];
  #untried: readonly string[] = [];
  #done = 0;
  #skipped = 0;
  #cancelled = false;
  #isUncertain = false;
  readonly #givenUp = new Set<string>();
  /** Why nothing more can be done. */
  #broken: KvError | undefined;

  constructor(parts: ChangesParts, operation: Operation, store: KvStore, options: RunOptions) {
    this.#parts = parts;
    this.#operation = operation;
    this.#store = store;
    this.#options = options;
    this.#isUnkept = options.isUnrecorded === true;
  }

  get isOver(): boolean {
    return this.#cancelled;
  }

  /** Whether it is certain that nothing was written. */
  get isUntouched(): boolean {
    return this.#done === 0 && !this.#isUncertain;
  }

  async batch(changes: readonly KeyChange[]): Promise<void> {
    for (const { key, isGivenUp } of changes) if (isGivenUp) this.#givenUp.add(key);
    for (const group of withoutRepeats(changes)) await this.#group(group);
    this.#options.report?.(this.#handled());
  }

  async #group(changes: readonly KeyChange[]): Promise<void> {
    let left = changes;
    while (left.length > 0 && !this.#cancelled) {
      if (this.#options.signal?.aborted) {
        this.#cancel(left);
        return;
      }
      if (this.#broken) {
        const { kind, message } = this.#broken;
        this.#failed = this.#failed.concat(
          writtenKeys(left).map((key) => ({ key, error: new KvError(kind, message) })),
        );
        break;
      }
      left = await this.#change(left);
    }
    if (this.#cancelled) this.#cancel(left);
  }

  /** Ends the journal. May be called more than once. */
  async end(cancelled = false): Promise<ChangeOutcome> {
    this.#cancelled ||= cancelled;
    const isRefused = ({ key, error, uncertain }: KeyFailure): boolean =>
      this.#givenUp.has(key) || (!uncertain && REFUSALS.has(error.kind));
    const isThrough = !this.#cancelled && this.#failed.every(isRefused);
    await this.#writer?.end(!isThrough ? 'left' : this.#failed.length > 0 ? 'refused' : 'whole');
    const undo = this.#writer?.isKept ? this.#writer.id : undefined;
    return {
      done: this.#done,
      skipped: this.#skipped,
      failed: this.#failed,
      cancelled: this.#cancelled,
      ...(undo !== undefined && { undo }),
      ...(this.#untried.length > 0 && { untried: this.#untried }),
    };
  }

  /**
   * Returns the changes that are still to be done: those that were not reached, and those to be tried again without
   * keeping the old state.
   */
  async #change(changes: readonly KeyChange[]): Promise<readonly KeyChange[]> {
    const { locks, timing } = this.#parts;
    const { signal, report, isUnrecorded, limits = batchLimits.local } = this.#options;
    const { namespace } = this.#operation;
    const keys = changes.map(({ key }) => key);
    let release: Release | undefined;
    let outcome: BatchOutcome | undefined;
    try {
      release = await locks.acquire(namespace, keys, signal);
      if (!isUnrecorded) this.#writer ??= await this.#begin();
      const handled = this.#handled();
      outcome = await changeBatch(this.#store, changes, {
        signal,
        doneBefore: this.#done + this.#skipped,
        bytes: limits.bytes * READ_FACTOR,
        ...(this.isUntouched && { onUnread: (error: unknown) => nothingDone(error, this.#operation.kind) }),
        ...(!this.#isUnkept && { recorder: this.#writer }),
        ...(report && { report: (done: number) => report(handled + done) }),
        ...(timing && { timing }),
      });
    } catch (error) {
      // Reading failed, so nothing of this batch was written.
      if (isKvError(error, 'cancelled')) this.#cancel(changes);
      else if (this.isUntouched) throw error;
      else this.#break(changes, error);
      return [];
    } finally {
      release?.(outcome === undefined || outcome.sent > 0);
    }
    this.#tellFailures(outcome.failed, changes);
    return await this.#count(outcome);
  }

  async #count(outcome: BatchOutcome): Promise<readonly KeyChange[]> {
    this.#done += outcome.done;
    this.#skipped += outcome.skipped;
    // Not `push(...)`, because a call cannot take a million arguments.
    this.#failed = this.#failed.concat(outcome.failed);
    const { unkept, unread } = outcome;
    if (outcome.cancelled) this.#cancel([...outcome.untried, ...unkept, ...unread]);
    this.#isUncertain ||= outcome.failed.some(({ uncertain }) => uncertain);
    const { broken, failed, isRejected } = outcome;
    if (broken) {
      if (isRejected && this.isUntouched && this.#skipped === 0 && this.#failed.length === failed.length) throw broken;
      this.#broken = broken;
    }
    if (this.#cancelled) return [];
    if (unkept.length === 0) return unread;
    const left = [...unkept, ...unread];
    if (this.#broken) return left;
    if (this.#options.onFull && !(await this.#options.onFull())) {
      this.#cancel(left);
      return [];
    }
    this.#isUnkept = true;
    return left;
  }

  #tellFailures(failed: readonly KeyFailure[], changes: readonly KeyChange[]): void {
    const { onFailed } = this.#options;
    if (!onFailed || failed.length === 0) return;
    const byKey = new Map(changes.map((change) => [change.key, change]));
    for (const failure of failed) {
      const change = byKey.get(failure.key);
      if (change) onFailed(failure, change);
    }
  }

  async #begin(): Promise<JournalWriter> {
    const { work, earlier } = this.#options;
    return await this.#parts.journals.begin(this.#operation, {
      work,
      earlier,
      isDurable: this.#store.staleMs !== undefined,
    });
  }

  #cancel(left: readonly KeyChange[]): void {
    this.#cancelled = true;
    this.#untried = this.#untried.concat(writtenKeys(left));
  }

  #break(changes: readonly KeyChange[], error: unknown): void {
    this.#broken = knownError(error);
    this.#failed = this.#failed.concat(writtenKeys(changes).map((key) => failureOf(key, error)));
  }

  #handled(): number {
    return this.#done + this.#skipped + this.#failed.length;
  }
}

/** Only keys that are accounted for. */
const writtenKeys = (changes: readonly KeyChange[]): readonly string[] =>
  changes.flatMap(({ key, isOnlyRead }) => (isOnlyRead ? [] : key));

/** Splits changes so that no write has two changes of one key: the second is decided from the result of the first. */
function withoutRepeats(changes: readonly KeyChange[]): readonly (readonly KeyChange[])[] {
  const keys = new Set<string>();
  const groups: KeyChange[][] = [];
  for (const change of changes) {
    if (keys.has(change.key) || groups.length === 0) {
      groups.push([]);
      keys.clear();
    }
    keys.add(change.key);
    groups.at(-1)?.push(change);
  }
  return groups;
}

/** Adds to an error about one of a few keys which of the others were written. */
function withWritten(error: KvError, written: readonly string[]): KvError {
  const [key] = written;
  if (key === undefined) return error;
  const also = l10n.t('Before that, “{0}” had been written.', shortText(key));
  return new KvError(error.kind, `${error.message} ${also}`, error);
}

const noRoom = (): KvError =>
  new KvError(
    'tooLarge',
    l10n.t(
      'Nothing was changed, because what goes is too much to be kept for Undo. Raise the setting “{0}”.',
      'cloudflareKv.undo.megabytes',
    ),
  );
