import { throwIfCancelled, untilCancelled } from '../core/base/cancel.ts';
import type { KvError } from '../core/base/errors.ts';
import type { KvEntry, KvKeyInfo, RawScalar } from '../core/entry/entry.ts';
import { MAX_PAGE } from '../core/entry/limits.ts';
import { asPlain, isRawScalar, parseJson } from '../core/entry/metadataJson.ts';
import { cursorAfter } from '../core/store/cursorAfter.ts';
import type {
  Expectation,
  KvPage,
  KvStore,
  ListQuery,
  OnUnread,
  WriteOptions,
  WriteOutcome,
} from '../core/store/store.ts';
import { type BatchesResult, deleteInBatches, putInBatches } from './bulkWrite.ts';
import { damagedEntry, entryOf } from './entryOf.ts';
import { notListed, notRead, notReadMany } from './faultErrors.ts';
import type { LocalWriter, WriteResult } from './localWriter.ts';
import type { SqliteClient } from './sqlite/client.ts';
import { FaultError } from './sqlite/fault.ts';
import type { EntryRows, NamespaceFiles, PageText, UnreadRow } from './sqlite/protocol.ts';

/** Keys requested at once; the thread answers with as many as fit into a few megabytes. */
const KEYS_PER_READ = 250;

export interface SqliteStoreParts {
  readonly client: SqliteClient;
  /** Where the namespace lies. Called for each operation, because a state folder can be removed and created again. */
  readonly locate: () => Promise<NamespaceFiles>;
  readonly writer: LocalWriter;
  /** Called after a write with the keys that it wrote or deleted. */
  readonly onDidWrite?: (keys: readonly string[]) => void;
}

/** One local namespace: read from its SQLite file and its files of values, written by a {@link LocalWriter}. */
export class SqliteStore implements KvStore {
  readonly #client: SqliteClient;
  readonly #locate: () => Promise<NamespaceFiles>;
  readonly #writer: LocalWriter;
  readonly #onDidWrite: (keys: readonly string[]) => void;

  constructor({ client, locate, writer, onDidWrite }: SqliteStoreParts) {
    this.#client = client;
    this.#locate = locate;
    this.#writer = writer;
    this.#onDidWrite = onDidWrite ?? (() => {});
  }

  async list({ prefix = '', cursor, limit = MAX_PAGE }: ListQuery, signal?: AbortSignal): Promise<KvPage> {
    throwIfCancelled(signal);
    const after = cursor === undefined ? {} : { after: Buffer.from(cursor, 'base64').toString('utf8') };
    const listing = this.#attempt(
      async (files) => toPage(await this.#client.request('list', { files, prefix, limit, ...after })),
      notListed,
    );
    return await untilCancelled(listing, signal);
  }

  async get(key: string, signal?: AbortSignal): Promise<KvEntry | undefined> {
    const { entries, unread } = await this.#read([key], signal, (error) => notRead(error, key));
    const [failure] = unread;
    if (failure !== undefined) throw notRead(new FaultError(failure.fault), key);
    const [row] = entries;
    return row && entryOf(key, row);
  }

  async *getMany(keys: readonly string[], signal?: AbortSignal, onUnread?: OnUnread): AsyncIterable<KvEntry> {
    for (let start = 0; start < keys.length; ) {
      const asked = keys.slice(start, start + KEYS_PER_READ);
      const { entries, unread, consumed } = await this.#read(asked, signal, notReadMany);
      const [first] = unread;
      const errorOf = ({ index, fault }: UnreadRow) => notRead(new FaultError(fault), asked[index] ?? '');
      if (onUnread === undefined && first !== undefined) {
        for (const row of entries) if (row.index < first.index) yield entryOf(asked[row.index] ?? '', row);
        throw errorOf(first);
      }
      for (const row of unread) {
        const key = asked[row.index] ?? '';
        onUnread?.({ key, error: errorOf(row) }, damagedEntry(key, row));
      }
      for (const row of entries) yield entryOf(asked[row.index] ?? '', row);
      start += consumed;
    }
  }

  async put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    throwIfCancelled(signal);
    this.#settle(entry.key, await this.#writer.put([entry], { durable: true, signal, expected }));
  }

  async delete(key: string, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    throwIfCancelled(signal);
    this.#settle(key, await this.#writer.delete([key], { durable: true, signal, expected }));
  }

  async putMany(entries: readonly KvEntry[], options?: WriteOptions): Promise<WriteOutcome> {
    return this.#announced(await putInBatches(this.#writer, entries, options));
  }

  async deleteMany(keys: readonly string[], options?: WriteOptions): Promise<WriteOutcome> {
    return this.#announced(await deleteInBatches(this.#writer, keys, options));
  }

  #announced({ outcome, touched }: BatchesResult): WriteOutcome {
    if (touched.length > 0) this.#onDidWrite(touched);
    return outcome;
  }

  #settle(key: string, { failed }: WriteResult): void {
    const [failure] = failed;
    if (failure === undefined || failure.error.uncertain) this.#onDidWrite([key]);
    if (failure !== undefined) throw failure.error;
  }

  /** `toError` makes the error for a problem with the whole database. */
  async #read(
    keys: readonly string[],
    signal: AbortSignal | undefined,
    toError: (error: unknown) => KvError,
  ): Promise<EntryRows> {
    throwIfCancelled(signal);
    return await untilCancelled(
      this.#attempt(async (files) => await this.#client.request('read', { files, keys }), toError),
      signal,
    );
  }

  async #attempt<T>(run: (files: NamespaceFiles) => Promise<T>, toError: (error: unknown) => KvError): Promise<T> {
    try {
      return await run(await this.#locate());
    } catch (error) {
      throw toError(error);
    }
  }
}

function toPage({ keys, last }: PageText): KvPage {
  const listed = parseJson(keys) as unknown as (KvKeyInfo & { expiration?: number | RawScalar })[];
  // Some are longer than a number can hold. To look at each costs less than to copy it.
  for (const info of listed) if (isRawScalar(info.expiration)) info.expiration = asPlain(info.expiration);
  const page = { keys: listed as readonly KvKeyInfo[] };
  return last === undefined ? page : { ...page, cursor: cursorAfter(last) };
}
