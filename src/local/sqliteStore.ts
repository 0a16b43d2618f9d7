import { throwIfCancelled, untilCancelled } from '../core/base/cancel.ts';
import { isKvError, type KvError } from '../core/base/errors.ts';
import type { JsonValue, KvEntry, KvKeyInfo } from '../core/entry/entry.ts';
import { MAX_PAGE } from '../core/entry/limits.ts';
import { parseJson, parseMetadata } from '../core/entry/metadataJson.ts';
import type { BulkOptions, BulkOutcome, KvPage, KvStore, ListQuery } from '../core/store/store.ts';
import { type BatchesResult, deleteInBatches, putInBatches } from './bulkWrite.ts';
import { notListed, notRead } from './faultErrors.ts';
import type { LocalWriter, WriteResult } from './localWriter.ts';
import type { SqliteClient } from './sqlite/client.ts';
import type { EntryRow, NamespaceFiles, PageText } from './sqlite/protocol.ts';

/** Keys asked for at once; the thread answers with as many as fit into a few megabytes. */
const KEYS_PER_READ = 250;

export interface SqliteStoreParts {
  readonly client: SqliteClient;
  /** Where the namespace lies; asked again for each call, because a state folder can be removed and made anew. */
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
    const { entries } = await this.#read([key], signal);
    const [row] = entries;
    return row && toEntry(key, row);
  }

  async *getMany(keys: readonly string[], signal?: AbortSignal): AsyncIterable<KvEntry> {
    for (let start = 0; start < keys.length; ) {
      const asked = keys.slice(start, start + KEYS_PER_READ);
      const { entries, consumed } = await this.#read(asked, signal);
      for (const row of entries) yield toEntry(asked[row.index] ?? '', row);
      start += consumed;
    }
  }

  async put(entry: KvEntry, signal?: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    this.#settle(entry.key, await this.#writer.put([entry], { durable: true, signal }));
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    this.#settle(key, await this.#writer.delete([key], { durable: true, signal }));
  }

  async putMany(entries: readonly KvEntry[], options?: BulkOptions): Promise<BulkOutcome> {
    return this.#told(await putInBatches(this.#writer, entries, options));
  }

  async deleteMany(keys: readonly string[], options?: BulkOptions): Promise<BulkOutcome> {
    return this.#told(await deleteInBatches(this.#writer, keys, options));
  }

  #told({ outcome, touched }: BatchesResult): BulkOutcome {
    if (touched.length > 0) this.#onDidWrite(touched);
    return outcome;
  }

  #settle(key: string, { failed }: WriteResult): void {
    const [failure] = failed;
    if (failure !== undefined) throw failure.error;
    this.#onDidWrite([key]);
  }

  async #read(keys: readonly string[], signal: AbortSignal | undefined) {
    throwIfCancelled(signal);
    return await untilCancelled(
      this.#attempt(
        async (files) => await this.#client.request('read', { files, keys }),
        (error) => notRead(error, keys[0] ?? ''),
      ),
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

/** The cursor is the base64 of the last key, as with Miniflare. */
function toPage({ keys, last }: PageText): KvPage {
  const page = { keys: parseJson(keys) as unknown as readonly KvKeyInfo[] };
  return last === undefined ? page : { ...page, cursor: Buffer.from(last, 'utf8').toString('base64') };
}

function toEntry(key: string, { value, metadata, expiration }: EntryRow): KvEntry {
  const meta = metadataOf(metadata);
  return { key, value, ...(meta !== undefined && { metadata: meta }), ...(expiration !== undefined && { expiration }) };
}

/** Text that is no JSON was not written by Miniflare; it is given as it stands, so that nobody loses it. */
function metadataOf(text: string | null): JsonValue | undefined {
  if (text === null) return undefined;
  try {
    return parseMetadata(text);
  } catch (error) {
    if (isKvError(error)) throw error;
    return text;
  }
}
