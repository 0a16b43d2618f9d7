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

/** Keys of one bulk read of the API. */
export const KEYS_PER_READ = 100;
/** Bulk reads that are under way or wait to be taken: what the budget lets through at once. */
const READS_AHEAD = 6;
/** How often a key is read again whose value is there and whose metadata is not (yet). */
const TORN_READS = 3;
const TORN_PAUSE_MS = 300;
/** Stands for bytes that are not UTF-8 in a text that was decoded, and may be in the value itself. */
const REPLACEMENT = '\ufffd';

export interface RemoteReadsParts {
  readonly kv: AccountKv;
  readonly namespace: string;
  readonly timing: Timing;
}

/**
 * Reads the entries of one namespace, byte for byte; rejects with a KvError that names the key where it is about one.
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

  /** A firewall may stop a request for the key in its path; the bulk read has it in its body, and gives text only. */
  async #getBlocked(key: string, error: unknown, call: CallOptions): Promise<KvEntry | undefined> {
    const found = await this.#bulkGet([key], call);
    if (!found.has(key)) return undefined;
    const entry = found.get(key);
    if (entry && !entry.text.includes(REPLACEMENT)) return textEntry(key, entry);
    const { message, cause } = toKvError(error, reading(key));
    // Of a kind that is about this key, and not the account.
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

  /** Value and metadata are two requests, so one of them may see the key and the other not: then it is not known. */
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
        read.set(key, textEntry(key, found));
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
   * A value that text may have damaged is read once more by itself, as is one that the bulk read did not give. Where
   * that shows something else than the text did, everything of the key is read anew.
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

/** Without what decoders do not agree on: how often they give U+FFFD for several bytes, and a byte order mark. */
const looks = (text: string): string => withoutMark(text.replace(/\ufffd+/g, REPLACEMENT));
const encoder = new TextEncoder();

const textEntry = (key: string, { text, ...rest }: TextEntry): KvEntry => ({
  key,
  value: encoder.encode(text),
  ...rest,
});

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
