import { cancelledError } from '../../core/base/cancel.ts';
import type { KvError } from '../../core/base/errors.ts';
import type { KvEntry } from '../../core/entry/entry.ts';
import { batches } from '../batches.ts';
import type { BatchOptions, LocalWriter, WriteFailure, WriteResult } from '../localWriter.ts';
import { ChunkWriter, type Failure } from './chunkWriter.ts';
import { type FindMoved, movedByReview } from './comparison.ts';
import type { NamespaceApi } from './namespaceApi.ts';
import { type Refusal, refused } from './refusal.ts';
import { deleting, type Item, type PutItem, putting, type Work } from './work.ts';

/** A request with this many keys takes the server some tenths of a second (wrangler 4.156). */
const REQUEST = { items: 100, bytes: 4 * 1024 * 1024 };

/** Returns the API of the namespace, or why there is none. Called for each batch. Never rejects. */
export type Connect = () => Promise<NamespaceApi | Refusal>;

/**
 * Writes through the Explorer of the dev server that uses the files of a namespace. Metadata and expiration are sent
 * with every put, because the server drops what is left out. If there is no server, or it goes away meanwhile, the
 * failures say that this way is closed. What the write relies on is compared right before each request.
 */
export class ExplorerWriter implements LocalWriter {
  readonly #connect: Connect;
  readonly #findMoved: FindMoved;

  constructor(connect: Connect, findMoved = movedByReview) {
    this.#connect = connect;
    this.#findMoved = findMoved;
  }

  async put(entries: readonly KvEntry[], options: BatchOptions): Promise<WriteResult> {
    const items = entries.map((entry): PutItem => ({ key: entry.key, bytes: entry.value.length, entry }));
    return await this.#write(items, putting, options);
  }

  async delete(keys: readonly string[], options: BatchOptions): Promise<WriteResult> {
    const items = keys.map((key): Item => ({ key, bytes: key.length }));
    return await this.#write(items, deleting, options);
  }

  async #write<I extends Item>(items: readonly I[], work: Work<I>, options: BatchOptions): Promise<WriteResult> {
    const { signal, report, expected } = options;
    const api = await this.#connect();
    if ('reason' in api) {
      const error = (key: string): KvError => refused(work.deed, key, api);
      const failed = items.map(({ key }, index) => ({ index, error: error(key), closed: 'devServer' as const }));
      return { failed, stopped: error };
    }
    const chunks = new ChunkWriter(api, work, { findMoved: this.#findMoved, expected, signal });
    const failed: WriteFailure[] = [];
    let start = 0;
    let end: ((key: string) => Failure) | undefined;
    for (const chunk of batches(items, ({ bytes }) => bytes, REQUEST)) {
      if (signal?.aborted) end ??= () => ({ error: cancelledError() });
      const failureOf = end ?? (await chunks.write(chunk));
      for (const [position, { key }] of chunk.entries()) {
        const failure = failureOf(key);
        if (failure === undefined) continue;
        const { error, closed } = failure;
        failed.push({ index: start + position, error, ...(closed && { closed }) });
        end ??= chunks.endOf(failure);
      }
      start += chunk.length;
      if (end === undefined) report?.(start);
    }
    const stopped = end;
    return { failed, ...(stopped && { stopped: (key: string) => stopped(key).error }) };
  }
}
