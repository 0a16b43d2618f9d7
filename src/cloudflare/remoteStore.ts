import * as l10n from '@vscode/l10n';
import { cancelledError, throwIfCancelled } from '../core/base/cancel.ts';
import { isKvError, KvError } from '../core/base/errors.ts';
import { realTiming, type Timing } from '../core/base/timing.ts';
import { type KvEntry, presentMetadata } from '../core/entry/entry.ts';
import { entryDigest } from '../core/entry/entryDigest.ts';
import { byteLength, checkExpiration, MAX_KEY_BYTES, MAX_PAGE } from '../core/entry/limits.ts';
import type {
  Expectation,
  KvPage,
  KvStore,
  ListQuery,
  OnUnread,
  WriteOptions,
  WriteOutcome,
} from '../core/store/store.ts';
import type { AccountKv, CallOptions } from './accountKv.ts';
import { deleteBatches, putBatches } from './bulkBatches.ts';
import { BULK_LIMITS, type BulkLimits } from './bulkBodies.ts';
import * as codes from './codes.ts';
import { ComparedKeys } from './comparedKeys.ts';
import { NothingToSend } from './comparison.ts';
import { about, deleting, listingKeys, type Subject, writing } from './errors.ts';
import { type Failure, hasCode, isBlocked } from './failure.ts';
import { decodePlace, encodePlace, nextPage, START } from './pageCursor.ts';
import { runBulk } from './remoteBulk.ts';
import { KEYS_PER_READ, RemoteReads } from './remoteReads.ts';
import { rereading } from './rereading.ts';
import { ServerClock } from './serverClock.ts';
import { unlessMissing } from './unlessMissing.ts';

/** The smallest page size of the API. */
const MIN_PAGE = 10;

/** For this long, a read may return the state before a write (Workers KV documentation, "How KV works"). */
const STALE_MS = 60_000;

export interface RemoteStoreParts {
  readonly kv: AccountKv;
  readonly namespace: string;
  readonly timing?: Timing | undefined;
  /** The clock by which expirations are judged. */
  readonly clock?: ServerClock | undefined;
  readonly bulkLimits?: BulkLimits | undefined;
}

/** One namespace of an account, over HTTP. Stateless: wrappers add consistency and pacing. */
export class RemoteStore implements KvStore {
  readonly staleMs = STALE_MS;
  readonly clock: ServerClock;
  readonly #kv: AccountKv;
  readonly #namespace: string;
  readonly #timing: Timing;
  readonly #bulkLimits: BulkLimits;
  readonly #reads: RemoteReads;

  constructor({ kv, namespace, timing = realTiming, clock, bulkLimits = BULK_LIMITS }: RemoteStoreParts) {
    this.#kv = kv;
    this.#namespace = namespace;
    this.#timing = timing;
    this.clock = clock ?? new ServerClock(timing);
    this.#bulkLimits = bulkLimits;
    this.#reads = new RemoteReads({ kv, namespace, timing });
  }

  async list(query: ListQuery, signal?: AbortSignal): Promise<KvPage> {
    throwIfCancelled(signal);
    const { prefix = '', cursor: text, limit = MAX_PAGE, background } = query;
    // No key starts like this, and the API does not accept such a prefix.
    if (!prefix.isWellFormed() || byteLength(prefix) > MAX_KEY_BYTES) return { keys: [] };
    const place = text === undefined ? START : decodePlace(text);
    if (place === undefined) throw notAPlace();
    const { cursor, skip } = place;
    const asked = { limit: Math.max(MIN_PAGE, limit), ...(prefix !== '' && { prefix }), ...(cursor && { cursor }) };
    const call = { priority: background ? 'background' : 'interactive', signal } as const;
    const page = await about(listingKeys, this.#kv.listKeys(this.#namespace, asked, call));
    const next = page.cursor === undefined ? undefined : nextPage(place, page.cursor);
    if (page.cursor !== undefined && next === undefined) throw notAdvancing();
    const end = skip + limit;
    const keys = page.keys.slice(skip, end);
    if (end < page.keys.length) return { keys, cursor: encodePlace({ ...place, skip: end }) };
    return next === undefined ? { keys } : { keys, cursor: encodePlace(next) };
  }

  async get(key: string, signal?: AbortSignal): Promise<KvEntry | undefined> {
    throwIfCancelled(signal);
    return await this.#reads.get(key, { priority: 'interactive', signal });
  }

  getMany(keys: readonly string[], signal?: AbortSignal, onUnread?: OnUnread): AsyncIterable<KvEntry> {
    return this.#reads.getMany(keys, signal, onUnread);
  }

  async put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    throwIfCancelled(signal);
    const { key, value, metadata, expiration } = entry;
    const reread = rereading(this, () => entryDigest(entry));
    const compared = new ComparedKeys([key], { expected: expected ?? reread, timing: this.#timing, signal });
    const call = { priority: 'interactive', signal, compared, metadata, expiration } as const;
    const work = this.#kv.putValue(this.#namespace, key, value, call);
    const inBulk = () => this.putMany([entry], { ...(signal && { signal }), ...(expected && { expected }) });
    await settled(key, writing(key), compared, unlessBlocked(work, inBulk));
  }

  async delete(key: string, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    throwIfCancelled(signal);
    const reread = rereading(this, () => undefined);
    const compared = new ComparedKeys([key], { expected: expected ?? reread, timing: this.#timing, signal });
    const work = this.#kv.deleteValue(this.#namespace, key, { priority: 'interactive', signal, compared });
    const inBulk = () => this.deleteMany([key], { ...(signal && { signal }), ...(expected && { expected }) });
    await settled(key, deleting(key), compared, unlessBlocked(unlessMissing(work), inBulk));
  }

  async putMany(entries: readonly KvEntry[], options: WriteOptions = {}): Promise<WriteOutcome> {
    const call = bulkCall(entries.length, options);
    const becomes = new Map(entries.map((entry) => [entry.key, entry]));
    const work = {
      keyOf: ({ key }: KvEntry) => key,
      subject: writing,
      timing: this.#timing,
      batches: (some: readonly KvEntry[]) =>
        putBatches(some, this.#bulkLimits, (body, bytes, compared) =>
          this.#kv.bulkPut(this.#namespace, body, bytes, { ...call, compared }),
        ),
      expected: options.expected ?? rereading(this, (key) => entryDigest(becomes.get(key))),
      problemOf: (entry: KvEntry, inSeconds: number) => expirationProblem(entry, this.clock.now() + inSeconds),
      concerns,
    };
    return await runBulk(entries, work, options);
  }

  async deleteMany(keys: readonly string[], options: WriteOptions = {}): Promise<WriteOutcome> {
    const call = bulkCall(keys.length, options);
    const work = {
      keyOf: (key: string) => key,
      subject: deleting,
      timing: this.#timing,
      batches: (some: readonly string[]) =>
        deleteBatches(some, this.#bulkLimits, (left, compared) =>
          this.#kv.bulkDelete(this.#namespace, left, { ...call, compared }),
        ),
      expected: options.expected ?? rereading(this, () => undefined),
    };
    return await runBulk(keys, work, options);
  }
}

/** Finishes a single write: whatever its error was, a review may have shown that it is done, or must not be done. */
async function settled(key: string, subject: Subject, compared: ComparedKeys, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof NothingToSend)) await compared.settle();
    if (!compared.isWritten(key)) throw compared.errorOf(key, subject, error);
  }
}

/**
 * A firewall may block a request because of the key in its path. A bulk request has the key in its body. The blocked
 * request has not written anything.
 */
async function unlessBlocked(work: Promise<unknown>, inBulk: () => Promise<WriteOutcome>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isBlocked(error)) throw error;
    const { failed, cancelled } = await inBulk();
    for (const failure of failed) throw failure.error;
    if (cancelled) throw cancelledError();
  }
}

/** A batch that was sent is awaited to its end, so that its outcome is known. */
const bulkCall = (count: number, { signal }: WriteOptions): CallOptions => ({
  priority: count > KEYS_PER_READ ? 'background' : 'interactive',
  signal,
  letFinish: true,
});

/** While a request waited for the budget or for a retry, an entry's expiration may have come too close. */
function expirationProblem({ key, expiration }: KvEntry, now: number): KvError | undefined {
  try {
    checkExpiration(key, expiration, now);
    return undefined;
  } catch (error) {
    return isKvError(error) ? error : undefined;
  }
}

/** Whether the entry has the property that was refused. */
function concerns(failure: Failure, { metadata, expiration }: KvEntry): boolean {
  if (hasCode(failure, ...codes.BAD_EXPIRATION)) return expiration !== undefined;
  return !hasCode(failure, codes.BAD_METADATA) || presentMetadata(metadata) !== undefined;
}

const notAPlace = (): KvError =>
  new KvError('invalidInput', l10n.t('This is no place in a listing of the namespace. Refresh to start anew.'));

const notAdvancing = (): KvError =>
  new KvError(
    'server',
    l10n.t('The keys could not be listed: Cloudflare gives the same page again. Refresh to start anew.'),
  );
