import * as l10n from '@vscode/l10n';
import { throwIfCancelled } from '../core/base/cancel.ts';
import { isKvError, KvError } from '../core/base/errors.ts';
import { inParallel } from '../core/base/parallel.ts';
import { realTiming, type Timing } from '../core/base/timing.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import { entryDigest } from '../core/entry/entryDigest.ts';
import { byteLength, checkExpiration, MAX_KEY_BYTES, MAX_PAGE } from '../core/entry/limits.ts';
import type { BulkOptions, BulkOutcome, KvPage, KvStore, ListQuery } from '../core/store/store.ts';
import type { AccountKv, CallOptions, TextEntry } from './accountKv.ts';
import type { Priority } from './budget.ts';
import { BULK_LIMITS, type BulkLimits, bulkBodies } from './bulkBodies.ts';
import * as codes from './codes.ts';
import { about, deleting, listingKeys, perhapsWriting, reading, toKvError, writing } from './errors.ts';
import { FailedRequest, hasCode, maybeDone } from './failure.ts';
import { decodePlace, encodePlace, START } from './pageCursor.ts';
import { type BulkBatch, runBulk } from './remoteBulk.ts';

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

export interface RemoteStoreParts {
  readonly kv: AccountKv;
  readonly namespace: string;
  readonly timing?: Timing | undefined;
  readonly bulkLimits?: BulkLimits | undefined;
}

/** One namespace of an account, over HTTP. Keeps nothing: consistency and pacing are wrappers around it. */
export class RemoteStore implements KvStore {
  readonly #kv: AccountKv;
  readonly #namespace: string;
  readonly #timing: Timing;
  readonly #bulkLimits: BulkLimits;

  constructor({ kv, namespace, timing = realTiming, bulkLimits = BULK_LIMITS }: RemoteStoreParts) {
    this.#kv = kv;
    this.#namespace = namespace;
    this.#timing = timing;
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

  async *getMany(keys: readonly string[], signal?: AbortSignal): AsyncIterable<KvEntry> {
    throwIfCancelled(signal);
    const priority: Priority = keys.length > KEYS_PER_READ ? 'background' : 'interactive';
    const groups = Array.from({ length: Math.ceil(keys.length / KEYS_PER_READ) }, (_, i) =>
      keys.slice(i * KEYS_PER_READ, (i + 1) * KEYS_PER_READ),
    );
    const reads = inParallel(groups, READS_AHEAD, (group) => this.#readGroup(group, { priority, signal }));
    for await (const entries of reads) {
      for (const entry of entries) yield entry;
      throwIfCancelled(signal);
    }
  }

  async put(entry: KvEntry, signal?: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    const { key, value, metadata, expiration } = entry;
    const call = { priority: 'interactive', signal } as const;
    try {
      await this.#kv.putValue(this.#namespace, key, value, { ...call, metadata, expiration });
    } catch (error) {
      if (!(error instanceof FailedRequest) || !maybeDone(error.failure)) throw toKvError(error, writing(key));
      if (await this.#isThere(entry, call)) return;
      throw toKvError(error, perhapsWriting(key));
    }
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    try {
      await this.#kv.deleteValue(this.#namespace, key, { priority: 'interactive', signal });
    } catch (error) {
      if (!isMissing(error)) throw toKvError(error, deleting(key));
    }
  }

  async putMany(entries: readonly KvEntry[], options: BulkOptions = {}): Promise<BulkOutcome> {
    const call = bulkCall(entries.length, options);
    const send = (json: Uint8Array) => this.#kv.bulkPut(this.#namespace, json, call);
    const batches = (some: readonly KvEntry[]) => putBatches(some, this.#bulkLimits, send);
    const problemOf = (entry: KvEntry) => expirationProblem(entry, this.#timing);
    const work = { keyOf: ({ key }: KvEntry) => key, batches, subject: writing, problemOf, timing: this.#timing };
    return await runBulk(entries, work, options);
  }

  async deleteMany(keys: readonly string[], options: BulkOptions = {}): Promise<BulkOutcome> {
    const call = bulkCall(keys.length, options);
    const send = (some: readonly string[]) => this.#kv.bulkDelete(this.#namespace, some, call);
    const batches = (some: readonly string[]) => deleteBatches(some, this.#bulkLimits, send);
    const work = { keyOf: (key: string) => key, batches, subject: deleting, timing: this.#timing };
    return await runBulk(keys, work, options);
  }

  /** Value and metadata are two requests, so one of them may see the key and the other not. */
  async #get(key: string, call: CallOptions): Promise<KvEntry | undefined> {
    for (let again = 0; again < TORN_READS; again++) {
      if (again > 0) await this.#timing.sleep(TORN_PAUSE_MS * again, call.signal);
      const [value, metadata] = await Promise.all([
        unlessMissing(this.#kv.getValue(this.#namespace, key, call)),
        unlessMissing(this.#kv.getMetadata(this.#namespace, key, call)),
      ]);
      if (value === undefined) return undefined;
      if (metadata === undefined) continue;
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
        '“{0}” could not be read: it is being written at this moment, and only its value is there yet. Try again.',
        key,
      ),
    );
  }

  /** Entries of up to 100 keys, in their order and as often as they come. */
  async #readGroup(keys: readonly string[], call: CallOptions): Promise<readonly KvEntry[]> {
    const unique = [...new Set(keys)];
    const [first = ''] = unique;
    const texts = await about(reading(first), this.#bulkGet(unique, call));
    const entries = new Map<string, KvEntry>();
    const damaged: [string, TextEntry | undefined][] = [];
    for (const [key, found] of texts) {
      if (found === undefined || found.text.includes(REPLACEMENT)) {
        damaged.push([key, found]);
      } else {
        const { text, ...rest } = found;
        entries.set(key, { key, value: encoder.encode(text), ...rest });
      }
    }
    for await (const entry of inParallel(damaged, READS_AHEAD, ([key, found]) => this.#exact(key, found, call))) {
      if (entry) entries.set(entry.key, entry);
    }
    return keys.flatMap((key) => entries.get(key) ?? []);
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

  /** A value that text may have damaged is read once more by itself, as is one that was too much for the bulk read. */
  async #exact(key: string, found: TextEntry | undefined, call: CallOptions): Promise<KvEntry | undefined> {
    if (found === undefined) return await about(reading(key), this.#get(key, call));
    const { text: _, ...rest } = found;
    const value = await about(reading(key), unlessMissing(this.#kv.getValue(this.#namespace, key, call)));
    return value && { key, ...rest, value: value.found.bytes };
  }

  /** After a lost answer: whether the entry was written. */
  async #isThere(entry: KvEntry, call: CallOptions): Promise<boolean> {
    try {
      const now = await this.#get(entry.key, call);
      return now !== undefined && entryDigest(now) === entryDigest(entry);
    } catch {
      throwIfCancelled(call.signal);
      return false;
    }
  }
}

const encoder = new TextEncoder();

/** A batch under way is heard to its end, so that it is known what was done. */
const bulkCall = (count: number, { signal }: BulkOptions): CallOptions => ({
  priority: count > KEYS_PER_READ ? 'background' : 'interactive',
  signal,
  letFinish: true,
});

function* putBatches(
  entries: readonly KvEntry[],
  limits: BulkLimits,
  send: (json: Uint8Array) => Promise<readonly string[]>,
): Iterable<BulkBatch<KvEntry>> {
  for (const { entries: items, json } of bulkBodies(entries, limits)) yield { items, send: () => send(json) };
}

function* deleteBatches(
  keys: readonly string[],
  limits: BulkLimits,
  send: (keys: readonly string[]) => Promise<readonly string[]>,
): Iterable<BulkBatch<string>> {
  for (let start = 0; start < keys.length; start += limits.items) {
    const items = keys.slice(start, start + limits.items);
    yield { items, send: () => send(items) };
  }
}

/** While a request waited for the budget, or to be sent again, the end of an entry may have come too near. */
function expirationProblem({ key, expiration }: KvEntry, timing: Timing): KvError | undefined {
  try {
    checkExpiration(key, expiration, Math.floor(timing.now() / 1000));
    return undefined;
  } catch (error) {
    return isKvError(error) ? error : undefined;
  }
}

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
