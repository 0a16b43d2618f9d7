import * as l10n from '@vscode/l10n';
import { throwIfCancelled } from '../../core/base/cancel.ts';
import { isKvError, KvError } from '../../core/base/errors.ts';
import { slicesOf } from '../../core/base/slicesOf.ts';
import { isTable } from '../../core/base/table.ts';
import { type JsonValue, type KvEntry, type KvKeyInfo, presentMetadata } from '../../core/entry/entry.ts';
import { MAX_PAGE } from '../../core/entry/limits.ts';
import { cursorAfter } from '../../core/store/cursorAfter.ts';
import type {
  Expectation,
  KvPage,
  KvStore,
  ListQuery,
  OnUnread,
  WriteOptions,
  WriteOutcome,
} from '../../core/store/store.ts';
import { deleteInBatches, putInBatches } from '../bulkWrite.ts';
import type { LocalWriter, WriteResult } from '../localWriter.ts';
import { type Deed, keySentence } from '../sentences.ts';
import { answerError, silenceError } from './answerErrors.ts';
import type { Connect } from './explorerWriter.ts';
import type { KeysQuery, NamespaceApi } from './namespaceApi.ts';
import { refused } from './refusal.ts';
import type { Answer } from './reply.ts';

/** The server accepts no smaller limit. */
const MIN_PAGE = 10;
const READS_AT_ONCE = 8;
/** How often to read an entry that changes between the two requests. */
const ATTEMPTS = 3;
const KEY_MISSING = 10009;
const NAMESPACE_MISSING = 10013;

/**
 * One local namespace, read and written only through the Explorer of a dev server, for editors without SQLite. A value
 * and its metadata need two requests, so an entry that changes between them is read again.
 */
export class ExplorerStore implements KvStore {
  readonly #connect: Connect;
  readonly #writer: LocalWriter;

  constructor(connect: Connect, writer: LocalWriter) {
    this.#connect = connect;
    this.#writer = writer;
  }

  async list({ prefix = '', cursor, limit = MAX_PAGE }: ListQuery, signal?: AbortSignal): Promise<KvPage> {
    throwIfCancelled(signal);
    const api = await this.#api('list', '');
    const query = {
      prefix: askable(prefix),
      limit: Math.max(limit, MIN_PAGE),
      ...(cursor !== undefined && { cursor }),
    };
    const page = await keysOf(api, query, 'list', '', signal);
    const keys = page.keys.filter(({ name }) => name.startsWith(prefix));
    if (keys.length <= limit) return { ...page, keys };
    const shown = keys.slice(0, limit);
    return { keys: shown, cursor: cursorAfter(shown.at(-1)?.name ?? '') };
  }

  async get(key: string, signal?: AbortSignal): Promise<KvEntry | undefined> {
    const entry = await this.#read(key, signal);
    if (isKvError(entry)) throw entry;
    return entry;
  }

  async *getMany(keys: readonly string[], signal?: AbortSignal, onUnread?: OnUnread): AsyncIterable<KvEntry> {
    for (const asked of slicesOf(keys, READS_AT_ONCE)) {
      const read = await Promise.all(asked.map(async (key) => ({ key, entry: await this.#read(key, signal) })));
      for (const { key, entry } of read) {
        if (isKvError(entry)) {
          if (onUnread === undefined) throw entry;
          onUnread({ key, error: entry });
        } else if (entry !== undefined) yield entry;
      }
    }
    throwIfCancelled(signal);
  }

  async put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    throwIfCancelled(signal);
    settle(await this.#writer.put([entry], { durable: true, signal, expected }));
  }

  async delete(key: string, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    throwIfCancelled(signal);
    settle(await this.#writer.delete([key], { durable: true, signal, expected }));
  }

  async putMany(entries: readonly KvEntry[], options?: WriteOptions): Promise<WriteOutcome> {
    return (await putInBatches(this.#writer, entries, options)).outcome;
  }

  async deleteMany(keys: readonly string[], options?: WriteOptions): Promise<WriteOutcome> {
    return (await deleteInBatches(this.#writer, keys, options)).outcome;
  }

  async #read(key: string, signal: AbortSignal | undefined): Promise<KvEntry | KvError | undefined> {
    throwIfCancelled(signal);
    return await read(await this.#api('get', key), key, signal);
  }

  async #api(deed: Deed, key: string): Promise<NamespaceApi> {
    const api = await this.#connect();
    if ('reason' in api) throw refused(deed, key, api);
    return api;
  }
}

function settle({ failed }: WriteResult): void {
  const [failure] = failed;
  if (failure !== undefined) throw failure.error;
}

/** Returns an error if something is wrong with this key alone; rejects if something is wrong with the server. */
async function read(
  api: NamespaceApi,
  key: string,
  signal: AbortSignal | undefined,
): Promise<KvEntry | KvError | undefined> {
  for (let attempt = 1; ; attempt++) {
    const [value, about] = await Promise.all([readValue(api, key, signal), readAbout(api, key, signal)]);
    if (isKvError(value)) return value;
    if (value === undefined && about === undefined) return undefined;
    if (value !== undefined && about !== undefined) return { ...about, key, value };
    if (attempt === ATTEMPTS) return torn(key);
  }
}

/** A half-read entry would lose its expiration or metadata when it is written next. */
const torn = (key: string): KvError =>
  new KvError('busy', keySentence('get', key, l10n.t('it is being written at this moment. Try again.')));

async function readValue(
  api: NamespaceApi,
  key: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | KvError | undefined> {
  const answer = await answered(api, 'get', key, api.value(key, signal));
  if (answer instanceof Uint8Array) return new Uint8Array(answer);
  if (answer.kind === 'error' && answer.code === KEY_MISSING) return undefined;
  const error = unexpected(api, answer, 'get', key);
  if (answer.kind === 'error' && answer.code !== NAMESPACE_MISSING) return error;
  throw error;
}

/** Metadata and expiration, which only a listing has. */
async function readAbout(
  api: NamespaceApi,
  key: string,
  signal: AbortSignal | undefined,
): Promise<Omit<KvKeyInfo, 'name'> | undefined> {
  const prefix = askable(key);
  // The key comes first among those that begin with it. If the key cannot be used as a prefix, the listing starts just
  // before it.
  const isFirst = prefix === key;
  let cursor = isFirst ? undefined : cursorAfter(key.slice(0, -1));
  do {
    const query = { prefix, limit: isFirst ? MIN_PAGE : MAX_PAGE, ...(cursor !== undefined && { cursor }) };
    const page = await keysOf(api, query, 'get', key, signal);
    const found = page.keys.find(({ name }) => name === key);
    if (found !== undefined) {
      const { name: _, ...about } = found;
      return about;
    }
    cursor = page.cursor;
  } while (!isFirst && cursor !== undefined);
  return undefined;
}

async function keysOf(
  api: NamespaceApi,
  query: KeysQuery,
  deed: Deed,
  key: string,
  signal: AbortSignal | undefined,
): Promise<KvPage> {
  const answer = await answered(api, deed, key, api.keys(query, signal));
  if (answer.kind !== 'ok' || !Array.isArray(answer.result)) throw unexpected(api, answer, deed, key);
  const { cursor } = answer.info;
  return {
    keys: answer.result.filter(isTable).flatMap(toKeyInfo),
    ...(typeof cursor === 'string' && cursor !== '' && { cursor }),
  };
}

function toKeyInfo({ name, metadata, expiration }: Readonly<Record<string, unknown>>): readonly KvKeyInfo[] {
  if (typeof name !== 'string') return [];
  // It was parsed from JSON a moment ago.
  const present = presentMetadata(metadata as JsonValue | undefined);
  return [
    {
      name,
      ...(present !== undefined && { metadata: present }),
      ...(typeof expiration === 'number' && { expiration }),
    },
  ];
}

async function answered<T>(api: NamespaceApi, deed: Deed, key: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw silenceError(error, deed, key, api.server.address.port);
  }
}

const unexpected = (api: NamespaceApi, answer: Answer, deed: Deed, key: string) =>
  answerError(answer.kind === 'ok' ? { kind: 'foreign', status: 200 } : answer, deed, key, api.server.address.port);

/** Miniflare finds nothing for a prefix that contains a NUL, so the part before it is used. */
const askable = (prefix: string): string => prefix.split('\0', 1)[0] ?? '';
