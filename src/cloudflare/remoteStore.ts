import * as l10n from '@vscode/l10n';
import { throwIfCancelled } from '../core/base/cancel.ts';
import { isKvError, KvError, type KvErrorKind } from '../core/base/errors.ts';
import { inParallel } from '../core/base/parallel.ts';
import { realTiming, type Timing } from '../core/base/timing.ts';
import { type KvEntry, presentMetadata } from '../core/entry/entry.ts';
import { entryDigest } from '../core/entry/entryDigest.ts';
import { byteLength, checkExpiration, MAX_KEY_BYTES, MAX_PAGE } from '../core/entry/limits.ts';
import type {
  Expectation,
  KeyFailure,
  KvPage,
  KvStore,
  ListQuery,
  OnUnread,
  WriteOptions,
  WriteOutcome,
} from '../core/store/store.ts';
import type { AccountKv, CallOptions, TextEntry } from './accountKv.ts';
import type { Priority } from './budget.ts';
import { BULK_LIMITS, type BulkBody, type BulkLimits, bulkBodies, bulkBody } from './bulkBodies.ts';
import type { BulkReply } from './bulkReply.ts';
import * as codes from './codes.ts';
import { ComparedKeys } from './comparedKeys.ts';
import { NothingToSend } from './comparison.ts';
import { about, deleting, listingKeys, reading, type Subject, writing } from './errors.ts';
import { FailedRequest, type Failure, hasCode } from './failure.ts';
import { decodePlace, encodePlace, START } from './pageCursor.ts';
import { type BulkBatch, runBulk } from './remoteBulk.ts';
import { rereading } from './rereading.ts';
import { ServerClock } from './serverClock.ts';

/** Bounds of the API: keys of one bulk read, and keys of a page. */
const KEYS_PER_READ = 100;
const MIN_PAGE = 10;
/** Bulk reads that are under way or wait to be taken: what the budget lets through at once. */
const READS_AHEAD = 6;
/** How often a key is read again whose value is there and whose metadata is not (yet). */
const TORN_READS = 3;
const TORN_PAUSE_MS = 300;
/** Stands for bytes that are not UTF-8 in a text that was decoded, and may be in the value itself. */
const REPLACEMENT = '\ufffd';

/** For so long a read may show what was there before (Workers KV documentation, "How KV works"). */
const STALE_MS = 60_000;

export interface RemoteStoreParts {
  readonly kv: AccountKv;
  readonly namespace: string;
  readonly timing?: Timing | undefined;
  /** By which expirations are judged. */
  readonly clock?: ServerClock | undefined;
  readonly bulkLimits?: BulkLimits | undefined;
}

/** One namespace of an account, over HTTP. Keeps nothing: consistency and pacing are wrappers around it. */
export class RemoteStore implements KvStore {
  readonly staleMs = STALE_MS;
  readonly #kv: AccountKv;
  readonly #namespace: string;
  readonly #timing: Timing;
  readonly #clock: ServerClock;
  readonly #bulkLimits: BulkLimits;

  constructor({ kv, namespace, timing = realTiming, clock, bulkLimits = BULK_LIMITS }: RemoteStoreParts) {
    this.#kv = kv;
    this.#namespace = namespace;
    this.#timing = timing;
    this.#clock = clock ?? new ServerClock(timing);
    this.#bulkLimits = bulkLimits;
  }

  async list(query: ListQuery, signal?: AbortSignal): Promise<KvPage> {
    throwIfCancelled(signal);
    const { prefix = '', cursor: text, limit = MAX_PAGE, background } = query;
    // No key begins like this, and the API takes no such prefix.
    if (!prefix.isWellFormed() || byteLength(prefix) > MAX_KEY_BYTES) return { keys: [] };
    const place = text === undefined ? START : decodePlace(text);
    if (place === undefined) throw notAPlace();
    const { cursor, skip } = place;
    const asked = { limit: Math.max(MIN_PAGE, limit), ...(prefix !== '' && { prefix }), ...(cursor && { cursor }) };
    const call = { priority: background ? 'background' : 'interactive', signal } as const;
    const page = await about(listingKeys, this.#kv.listKeys(this.#namespace, asked, call));
    if (page.cursor !== undefined && page.cursor === cursor) throw notAdvancing();
    const end = skip + limit;
    const keys = page.keys.slice(skip, end);
    if (end < page.keys.length) return { keys, cursor: encodePlace({ skip: end, ...(cursor && { cursor }) }) };
    return page.cursor === undefined ? { keys } : { keys, cursor: encodePlace({ cursor: page.cursor, skip: 0 }) };
  }

  async get(key: string, signal?: AbortSignal): Promise<KvEntry | undefined> {
    throwIfCancelled(signal);
    return await about(reading(key), this.#get(key, { priority: 'interactive', signal }));
  }

  async *getMany(keys: readonly string[], signal?: AbortSignal, onUnread?: OnUnread): AsyncIterable<KvEntry> {
    throwIfCancelled(signal);
    const priority: Priority = keys.length > KEYS_PER_READ ? 'background' : 'interactive';
    const groups = Array.from({ length: Math.ceil(keys.length / KEYS_PER_READ) }, (_, i) =>
      keys.slice(i * KEYS_PER_READ, (i + 1) * KEYS_PER_READ),
    );
    const reads = inParallel(groups, READS_AHEAD, (group) => this.#readGroup(group, { priority, signal }));
    for await (const read of reads) {
      for (const one of read) {
        if (!('error' in one)) yield one;
        else if (onUnread) onUnread(one);
        else throw one.error;
      }
      throwIfCancelled(signal);
    }
  }

  async put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    throwIfCancelled(signal);
    const { key, value, metadata, expiration } = entry;
    const reread = rereading(this, () => entryDigest(entry));
    const compared = new ComparedKeys([key], { expected: expected ?? reread, timing: this.#timing, signal });
    const call = { priority: 'interactive', signal, compared, metadata, expiration } as const;
    await settled(key, writing(key), compared, this.#kv.putValue(this.#namespace, key, value, call));
  }

  async delete(key: string, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    throwIfCancelled(signal);
    const reread = rereading(this, () => undefined);
    const compared = new ComparedKeys([key], { expected: expected ?? reread, timing: this.#timing, signal });
    const work = this.#kv.deleteValue(this.#namespace, key, { priority: 'interactive', signal, compared });
    await settled(key, deleting(key), compared, unlessMissing(work));
  }

  async putMany(entries: readonly KvEntry[], options: WriteOptions = {}): Promise<WriteOutcome> {
    const call = bulkCall(entries.length, options);
    const send = ({ json, entries: all }: BulkBody, ...[left, compared]: SendArguments<KvEntry>) => {
      const body = (): Uint8Array => (left().length === all.length ? json : bulkBody(left()));
      return this.#kv.bulkPut(this.#namespace, body, json.length, { ...call, compared });
    };
    const becomes = new Map(entries.map((entry) => [entry.key, entry]));
    const work = {
      ...{ keyOf: ({ key }: KvEntry) => key, subject: writing, timing: this.#timing },
      batches: (some: readonly KvEntry[]) => putBatches(some, this.#bulkLimits, send),
      expected: options.expected ?? rereading(this, (key) => entryDigest(becomes.get(key))),
      problemOf: (entry: KvEntry, inSeconds: number) => expirationProblem(entry, this.#clock.now() + inSeconds),
      concerns,
    };
    return await runBulk(entries, work, options);
  }

  async deleteMany(keys: readonly string[], options: WriteOptions = {}): Promise<WriteOutcome> {
    const call = bulkCall(keys.length, options);
    const work = {
      ...{ keyOf: (key: string) => key, subject: deleting, timing: this.#timing },
      batches: (some: readonly string[]) =>
        deleteBatches(some, this.#bulkLimits, (left, compared) =>
          this.#kv.bulkDelete(this.#namespace, left, { ...call, compared }),
        ),
      expected: options.expected ?? rereading(this, () => undefined),
    };
    return await runBulk(keys, work, options);
  }

  /** Value and metadata are two requests, so one of them may see the key and the other not: then it is not known. */
  async #get(key: string, call: CallOptions): Promise<KvEntry | undefined> {
    for (let again = 0; again < TORN_READS; again++) {
      if (again > 0) await this.#timing.sleep(TORN_PAUSE_MS * again, call.signal);
      const [value, metadata] = await Promise.all([
        unlessMissing(this.#kv.getValue(this.#namespace, key, call)),
        unlessMissing(this.#kv.getMetadata(this.#namespace, key, call)),
      ]);
      if (value === undefined && metadata === undefined) return undefined;
      if (value === undefined || metadata === undefined) continue;
      const { bytes, expiration } = value.found;
      return {
        key,
        value: bytes,
        ...(metadata.found !== undefined && { metadata: metadata.found }),
        ...(expiration !== undefined && { expiration }),
      };
    }
    throw new KvError(
      'busy',
      l10n.t(
        '“{0}” could not be read: it is being written or deleted at this moment, and only a part of that can be seen. Try again.',
        key,
      ),
    );
  }

  /** What up to 100 keys are, in their order and as often as they come; rejects with what is wrong with all of them. */
  async #readGroup(keys: readonly string[], call: CallOptions): Promise<readonly (KvEntry | KeyFailure)[]> {
    const unique = [...new Set(keys)];
    const [first = ''] = unique;
    const texts = await about(reading(first), this.#bulkGet(unique, call));
    const read = new Map<string, KvEntry | KeyFailure>();
    const damaged: [string, TextEntry | undefined][] = [];
    for (const [key, found] of texts) {
      if (found === undefined || found.text.includes(REPLACEMENT)) {
        damaged.push([key, found]);
      } else {
        const { text, ...rest } = found;
        read.set(key, { key, value: encoder.encode(text), ...rest });
      }
    }
    const exactly = inParallel(damaged, READS_AHEAD, ([key, found]) =>
      unlessAlone(key, about(reading(key), this.#exact(key, found, call))),
    );
    for await (const one of exactly) if (one) read.set(one.key, one);
    return keys.flatMap((key) => read.get(key) ?? []);
  }

  /** Where the values are too much for one answer, half of them at a time. */
  async #bulkGet(keys: readonly string[], call: CallOptions): Promise<ReadonlyMap<string, TextEntry | undefined>> {
    try {
      return await this.#kv.bulkGet(this.#namespace, keys, call);
    } catch (error) {
      const isTooMuch =
        error instanceof FailedRequest && error.failure.kind === 'refused' && error.failure.status === 413;
      if (!isTooMuch) throw error;
      if (keys.length === 1) return new Map(keys.map((key) => [key, undefined]));
      const middle = keys.length >> 1;
      const first = await this.#bulkGet(keys.slice(0, middle), call);
      return new Map([...first, ...(await this.#bulkGet(keys.slice(middle), call))]);
    }
  }

  /**
   * A value that text may have damaged is read once more by itself, as is one that the bulk read did not give. Where that
   * shows something else than the text did, everything of the key is read anew.
   */
  async #exact(key: string, found: TextEntry | undefined, call: CallOptions): Promise<KvEntry | undefined> {
    if (found !== undefined) {
      const value = await unlessMissing(this.#kv.getValue(this.#namespace, key, call));
      const { text, ...rest } = found;
      const isSame =
        value?.found.expiration === rest.expiration && looks(decoder.decode(value?.found.bytes)) === looks(text);
      if (value && isSame) return { key, ...rest, value: value.found.bytes };
    }
    return await this.#get(key, call);
  }
}

const decoder = new TextDecoder();

/** Without what decoders do not agree on: how often they give U+FFFD for several bytes, and a byte order mark. */
const looks = (text: string): string => text.replace(/\ufffd+/g, REPLACEMENT).replace(/^\ufeff/, '');
const encoder = new TextEncoder();

/** The end of a single write: whatever it failed of, a review may have shown that it is done, or must not be. */
async function settled(key: string, subject: Subject, compared: ComparedKeys, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof NothingToSend)) await compared.settle();
    if (!compared.isWritten(key)) throw compared.errorOf(key, subject, error);
  }
}

/** A batch under way is heard to its end, so that it is known what was done. */
const bulkCall = (count: number, { signal }: WriteOptions): CallOptions => ({
  priority: count > KEYS_PER_READ ? 'background' : 'interactive',
  signal,
  letFinish: true,
});

function* putBatches(
  entries: readonly KvEntry[],
  limits: BulkLimits,
  send: (body: BulkBody, ...args: SendArguments<KvEntry>) => Promise<BulkReply>,
): Iterable<BulkBatch<KvEntry>> {
  for (const body of bulkBodies(entries, limits)) {
    yield { items: body.entries, send: (...args) => send(body, ...args) };
  }
}

function* deleteBatches(
  keys: readonly string[],
  limits: BulkLimits,
  send: BulkBatch<string>['send'],
): Iterable<BulkBatch<string>> {
  for (let start = 0; start < keys.length; start += limits.items) {
    yield { items: keys.slice(start, start + limits.items), send };
  }
}

type SendArguments<T> = Parameters<BulkBatch<T>['send']>;

/** While a request waited for the budget, or to be sent again, the end of an entry may have come too near. */
function expirationProblem({ key, expiration }: KvEntry, now: number): KvError | undefined {
  try {
    checkExpiration(key, expiration, now);
    return undefined;
  } catch (error) {
    return isKvError(error) ? error : undefined;
  }
}

/** Whether the entry has what a rule is about. */
function concerns(failure: Failure, { metadata, expiration }: KvEntry): boolean {
  if (hasCode(failure, ...codes.BAD_EXPIRATION)) return expiration !== undefined;
  return !hasCode(failure, codes.BAD_METADATA) || presentMetadata(metadata) !== undefined;
}

/** An entry that was read, or the failure that concerns nothing but its key. */
async function unlessAlone<T>(key: string, work: Promise<T>): Promise<T | KeyFailure> {
  try {
    return await work;
  } catch (error) {
    if (isKvError(error) && OF_KEY.has(error.kind)) return { key, error };
    throw error;
  }
}

/** Errors that say something about one key. After any other one the next key would not fare better. */
const OF_KEY: ReadonlySet<KvErrorKind> = new Set(['busy', 'tooLarge', 'invalidInput', 'server']);

const isMissing = (error: unknown): boolean =>
  error instanceof FailedRequest && hasCode(error.failure, codes.KEY_NOT_FOUND);

async function unlessMissing<T>(work: Promise<T>): Promise<{ readonly found: T } | undefined> {
  try {
    return { found: await work };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const notAPlace = (): KvError =>
  new KvError('invalidInput', l10n.t('This is no place in a listing of the namespace. Refresh to start anew.'));

const notAdvancing = (): KvError =>
  new KvError(
    'server',
    l10n.t('The keys could not be listed: Cloudflare gives the same page again. Refresh to start anew.'),
  );
