import * as l10n from '@vscode/l10n';
import { cancelledError } from '../../core/base/cancel.ts';
import { KvError } from '../../core/base/errors.ts';
import type { JsonValue, KvEntry } from '../../core/entry/entry.ts';
import { survivesDouble } from '../../core/entry/exactNumber.ts';
import { isRawNumber } from '../../core/entry/metadataJson.ts';
import { batches } from '../batches.ts';
import type { LocalWriter, WriteFailure, WriteOptions, WriteResult } from '../localWriter.ts';
import { answerError, goneError, silenceError, stillSilentError } from './answerErrors.ts';
import { isNoReply } from './http.ts';
import type { NamespaceApi } from './namespaceApi.ts';
import type { Deed, Refusal } from './refusal.ts';
import { keySentence, refused } from './refusal.ts';
import type { Answer } from './reply.ts';
import { isTable } from './reply.ts';

/** A request of so many keys takes the server some tenths of a second (wrangler 4.156). */
const REQUEST = { items: 100, bytes: 4 * 1024 * 1024 };

/** Gives the way to the namespace, or why there is none; asked for each batch. Never rejects. */
export type Connect = () => Promise<NamespaceApi | Refusal>;

/** One key's worth of work. */
interface Item {
  readonly key: string;
  readonly bytes: number;
}

interface PutItem extends Item {
  readonly entry: KvEntry;
}

/** How one kind of write is done. */
interface Work<I extends Item> {
  readonly deed: Deed;
  many(api: NamespaceApi, items: readonly I[]): Promise<Answer>;
  one(api: NamespaceApi, item: I): Promise<Answer>;
  /** Whether a bulk request would damage an item. */
  isSingle(item: I): boolean;
  /** Why an item cannot be dealt with singly, if it cannot. */
  cannot(item: I, hasBulk: boolean): KvError | undefined;
}

const putting: Work<PutItem> = {
  deed: 'put',
  many: async (api, items) => await api.putBulk(items.map(({ entry }) => entry)),
  // A single put drops an expiration, but takes a large value as it is.
  one: async (api, { entry }) => (entry.expiration === undefined ? await api.put(entry) : await api.putBulk([entry])),
  isSingle: ({ entry }) => isBulkDamaging(entry.metadata) || lostNumber(entry.metadata) !== undefined,
  cannot: ({ key, entry }, hasBulk) => {
    const lost = lostNumber(entry.metadata);
    if (lost !== undefined) return cannotKeepNumber(key, lost);
    if (entry.expiration === undefined) return undefined;
    if (!hasBulk) return cannotExpire(key);
    return isBulkDamaging(entry.metadata) ? cannotKeepBoth(key) : undefined;
  },
};

const deleting: Work<Item> = {
  deed: 'delete',
  many: async (api, items) => await api.deleteBulk(items.map(({ key }) => key)),
  one: async (api, { key }) => await api.delete(key),
  isSingle: () => false,
  cannot: () => undefined,
};

/** The bulk route drops fields of this name without a word (wrangler 4.156, tried); the single put keeps them. */
const isBulkDamaging = (metadata: JsonValue | undefined): boolean =>
  metadata !== undefined && JSON.stringify(metadata).includes('"__proto__":');

/** A number that the server would round: its Explorer is JavaScript, which reads all of them as doubles. */
function lostNumber(metadata: JsonValue | undefined): string | undefined {
  if (isRawNumber(metadata)) return survivesDouble(metadata.rawJSON) ? undefined : metadata.rawJSON;
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  for (const inner of Object.values(metadata)) {
    const lost = lostNumber(inner);
    if (lost !== undefined) return lost;
  }
  return undefined;
}

const cannotKeepNumber = (key: string, number: string): KvError =>
  unsupported(key, l10n.t('a dev server would round the number {0} in its metadata. Stop the server first.', number));

const cannotExpire = (key: string): KvError =>
  unsupported(
    key,
    l10n.t(
      'it has an expiration, which the dev server that is running cannot keep. Stop the server, or update wrangler.',
    ),
  );

const cannotKeepBoth = (key: string): KvError =>
  unsupported(
    key,
    l10n.t(
      'a dev server cannot keep an expiration together with metadata that has a field “__proto__”. Stop the server first.',
    ),
  );

const unsupported = (key: string, reason: string): KvError =>
  new KvError('unsupported', keySentence('put', key, reason));

/** What became of one key. */
interface Failure extends Omit<WriteFailure, 'index'> {
  /** The server lets us wait: nothing more is sent to it. */
  readonly isSilent?: boolean;
}

/**
 * Writes through the Explorer of the dev server that uses the files of a namespace. Metadata and expiration are sent
 * with every put, for the server drops what is left out. Where there is no server, or it goes meanwhile, the failures
 * say that this way is closed.
 */
export class ExplorerWriter implements LocalWriter {
  readonly #connect: Connect;

  constructor(connect: Connect) {
    this.#connect = connect;
  }

  async put(entries: readonly KvEntry[], options: WriteOptions): Promise<WriteResult> {
    const items = entries.map((entry): PutItem => ({ key: entry.key, bytes: entry.value.length, entry }));
    return await this.#write(items, putting, options);
  }

  async delete(keys: readonly string[], options: WriteOptions): Promise<WriteResult> {
    const items = keys.map((key): Item => ({ key, bytes: key.length }));
    return await this.#write(items, deleting, options);
  }

  async #write<I extends Item>(items: readonly I[], work: Work<I>, options: WriteOptions): Promise<WriteResult> {
    const { signal, report } = options;
    const api = await this.#connect();
    if ('reason' in api) {
      const error = (key: string): KvError => refused(work.deed, key, api);
      const failed = items.map(({ key }, index) => ({ index, error: error(key), closed: 'devServer' as const }));
      return { failed, stopped: error };
    }
    const failed: WriteFailure[] = [];
    let start = 0;
    let end: ((key: string) => Failure) | undefined;
    for (const chunk of batches(items, ({ bytes }) => bytes, REQUEST)) {
      if (signal?.aborted) end ??= () => ({ error: cancelledError() });
      const failureOf = end ?? (await writeChunk(api, chunk, work));
      for (const [position, { key }] of chunk.entries()) {
        const failure = failureOf(key);
        if (failure === undefined) continue;
        const { error, closed } = failure;
        failed.push({ index: start + position, error, ...(closed && { closed }) });
        end ??= endOf(failure, api, work.deed);
      }
      start += chunk.length;
      if (end === undefined) report?.(start);
    }
    const stopped = end;
    return { failed, ...(stopped && { stopped: (key: string) => stopped(key).error }) };
  }
}

/** Tells what failed, by key. The last of a repeated key counts, for a request may name no key twice. */
async function writeChunk<I extends Item>(
  api: NamespaceApi,
  chunk: readonly I[],
  work: Work<I>,
): Promise<(key: string) => Failure | undefined> {
  const items = [...new Map(chunk.map((item) => [item.key, item])).values()];
  const errors = new Map<string, Failure>();
  const single = items.filter((item) => !api.hasBulk || items.length === 1 || work.isSingle(item));
  const bulk = items.filter((item) => !single.includes(item));
  const left = [...(bulk.length > 0 ? await writeBulk(api, bulk, work, errors) : []), ...single];
  const [failure] = errors.values();
  let end = failure && endOf(failure, api, work.deed);
  for (const item of left) {
    const failure = end === undefined ? await writeOne(api, item, work) : end(item.key);
    if (failure === undefined) continue;
    errors.set(item.key, failure);
    end ??= endOf(failure, api, work.deed);
  }
  return (key) => errors.get(key);
}

/**
 * Gives what is to be tried singly: what the server named as not done, or all, when it refused the whole request. Without
 * an answer nothing is tried again, and every key is in `errors`.
 */
async function writeBulk<I extends Item>(
  api: NamespaceApi,
  items: readonly I[],
  work: Work<I>,
  errors: Map<string, Failure>,
): Promise<readonly I[]> {
  let answer: Answer;
  try {
    answer = await work.many(api, items);
  } catch (error) {
    for (const { key } of items) errors.set(key, silence(error, api, work.deed, key));
    return [];
  }
  if (answer.kind === 'foreign') return items;
  const named = isTable(answer.result) ? answer.result.unsuccessful_keys : undefined;
  if (!Array.isArray(named)) return answer.kind === 'ok' ? [] : items;
  const keys = new Set<unknown>(named);
  return items.filter(({ key }) => keys.has(key));
}

async function writeOne<I extends Item>(api: NamespaceApi, item: I, work: Work<I>): Promise<Failure | undefined> {
  const reason = work.cannot(item, api.hasBulk);
  if (reason !== undefined) return { error: reason };
  let answer: Answer;
  try {
    answer = await work.one(api, item);
  } catch (error) {
    return silence(error, api, work.deed, item.key);
  }
  if (answer.kind === 'ok') return undefined;
  const error = answerError(answer, work.deed, item.key, api.server.address.port);
  return answer.kind === 'foreign' ? { error, closed: 'devServer' } : { error };
}

/** A call that took too long may be done yet, so it is not to be repeated elsewhere. */
function silence(error: unknown, api: NamespaceApi, deed: Deed, key: string): Failure {
  const failure = { error: silenceError(error, deed, key, api.server.address.port) };
  return isNoReply(error, 'timeout') ? { ...failure, isSilent: true } : { ...failure, closed: 'devServer' };
}

/** What a failure means for the keys after it, when it ends the work. */
function endOf(failure: Failure, api: NamespaceApi, deed: Deed): ((key: string) => Failure) | undefined {
  const { port } = api.server.address;
  if (failure.closed) return (key) => ({ error: goneError(deed, key, port), closed: 'devServer' });
  if (failure.isSilent) return (key) => ({ error: stillSilentError(deed, key, port), isSilent: true });
  return undefined;
}
