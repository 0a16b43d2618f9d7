import * as l10n from '@vscode/l10n';
import { throwIfCancelled } from '../core/base/cancel.ts';
import { isKvError, KvError, type KvErrorKind } from '../core/base/errors.ts';
import { inParallel } from '../core/base/parallel.ts';
import type { Timing } from '../core/base/timing.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import type { KeyFailure, OnUnread } from '../core/store/store.ts';
import { withoutMark } from '../core/text/withoutMark.ts';
import type { AccountKv, CallOptions, TextEntry } from './accountKv.ts';
import type { Priority } from './budget.ts';
import { about, reading, toKvError } from './errors.ts';
import { FailedRequest, isBlocked } from './failure.ts';
import { unlessMissing } from './unlessMissing.ts';

/** The most keys in one bulk read of the API. */
export const KEYS_PER_READ = 100;
/** Bulk reads that are running or waiting to be taken: as many as the budget allows concurrently. */
const READS_AHEAD = 6;
/** How often a key is read again if its value is there but its metadata is not (yet). */
const TORN_READS = 3;
const TORN_PAUSE_MS = 300;
/** Replaces bytes that are not UTF-8 when text is decoded. A value may also contain it. */
const REPLACEMENT = '\ufffd';

export interface RemoteReadsParts {
  readonly kv: AccountKv;
  readonly namespace: string;
  readonly timing: Timing;
}

/**
 * Reads the entries of a namespace byte for byte. Rejects with a KvError, which names the key if it concerns a single
 * one.
 */
export class RemoteReads {
  readonly #kv: AccountKv;
  readonly #namespace: string;
  readonly #timing: Timing;

  constructor({ kv, namespace, timing }: RemoteReadsParts) {
    this.#kv = kv;
    this.#namespace = namespace;
    this.#timing = timing;
  }

  async get(key: string, call: CallOptions): Promise<KvEntry | undefined> {
    return await about(reading(key), this.#get(key, call));
  }

  /**
   * A firewall may block a request because of the key in its path. The bulk read has the key in its body, but returns
   * only text.
   */
  async #getBlocked(key: string, error: unknown, call: CallOptions): Promise<KvEntry | undefined> {
    const found = await this.#bulkGet([key], call);
    if (!found.has(key)) return undefined;
    const entry = found.get(key);
    if (entry && !entry.text.includes(REPLACEMENT)) return textEntry(key, entry);
    const { message, cause } = toKvError(error, reading(key));
    // The kind `server` concerns only this key, not the account.
    throw new KvError('server', message, { cause });
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

  /** Value and metadata need two requests. If only one of them finds the key, its state is not known. */
  async #get(key: string, call: CallOptions): Promise<KvEntry | undefined> {
    let blocked: { readonly error: unknown } | undefined;
    for (let again = 0; again < TORN_READS; again++) {
      if (again > 0) await this.#timing.sleep(TORN_PAUSE_MS * again, call.signal);
      const [value, metadata] = await Promise.all([
        unlessMissing(this.#kv.getValue(this.#namespace, key, call)),
        unlessMissing(this.#kv.getMetadata(this.#namespace, key, call)),
      ]).catch((error: unknown) => {
        if (isBlocked(error)) blocked = { error };
        else throw error;
        return [undefined, undefined];
      });
      if (blocked) return await this.#getBlocked(key, blocked.error, call);
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

  /** Reads up to 100 keys, in order and as often as each occurs. Rejects with an error that affects all of them. */
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
        read.set(key, textEntry(key, found));
      }
    }
    const exactly = inParallel(damaged, READS_AHEAD, ([key, found]) =>
      unlessAlone(key, about(reading(key), this.#exact(key, found, call))),
    );
    for await (const one of exactly) if (one) read.set(one.key, one);
    return keys.flatMap((key) => read.get(key) ?? []);
  }

  /** If the values are too large for one answer, reads half of the keys at a time. */
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
   * Reads a value separately if text may have damaged it, or if the bulk read did not return it. If the result differs
   * from the text, reads the whole entry again.
   */
  async #exact(key: string, found: TextEntry | undefined, call: CallOptions): Promise<KvEntry | undefined> {
    if (found !== undefined) {
      const value = await unlessMissing(this.#kv.getValue(this.#namespace, key, call)).catch((error: unknown) => {
        if (!isBlocked(error)) throw error;
        return undefined;
      });
      const { text, ...rest } = found;
      const isSame =
        value?.found.expiration === rest.expiration && looks(decoder.decode(value?.found.bytes)) === looks(text);
      if (value && isSame) return { key, ...rest, value: value.found.bytes };
    }
    return await this.#get(key, call);
  }
}

const decoder = new TextDecoder();

/** Removes what decoders treat differently: how many U+FFFD they produce for several bytes, and a byte order mark. */
const looks = (text: string): string => withoutMark(text.replace(/\ufffd+/g, REPLACEMENT));
const encoder = new TextEncoder();

const textEntry = (key: string, { text, ...rest }: TextEntry): KvEntry => ({
  key,
  value: encoder.encode(text),
  ...rest,
});

/** Resolves to the entry, or to a failure if that concerns only its key. */
async function unlessAlone<T>(key: string, work: Promise<T>): Promise<T | KeyFailure> {
  try {
    return await work;
  } catch (error) {
    if (isKvError(error) && OF_KEY.has(error.kind)) return { key, error };
    throw error;
  }
}

/** Errors that concern a single key. After any other error, the next key would fail too. */
const OF_KEY: ReadonlySet<KvErrorKind> = new Set(['busy', 'tooLarge', 'invalidInput', 'server']);
