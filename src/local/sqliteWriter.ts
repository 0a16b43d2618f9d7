import { isKvError, type KvError } from '../core/base/errors.ts';
import { type KvEntry, presentMetadata } from '../core/entry/entry.ts';
import { metadataText } from '../core/entry/metadataJson.ts';
import type { Expectation } from '../core/store/store.ts';
import { expectedVersions } from './expectedVersions.ts';
import { notDeleted, notWritten } from './faultErrors.ts';
import type { BatchOptions, LocalWriter, WriteFailure, WriteResult } from './localWriter.ts';
import type { SqliteClient } from './sqlite/client.ts';
import { FaultError } from './sqlite/fault.ts';
import type { BatchResult, Expected, FaultReason, NamespaceFiles, Relied, WriteBatch } from './sqlite/protocol.ts';

/** Writes straight to the files of a namespace; closed while a dev server runs. */
export class SqliteWriter implements LocalWriter {
  readonly #client: SqliteClient;
  readonly #locate: () => Promise<NamespaceFiles>;

  constructor(client: SqliteClient, locate: () => Promise<NamespaceFiles>) {
    this.#client = client;
    this.#locate = locate;
  }

  async put(entries: readonly KvEntry[], { durable, expected }: BatchOptions): Promise<WriteResult> {
    const keys = entries.map((entry) => entry.key);
    return await outcome(keys, notWritten, async () => {
      const files = await this.#locate();
      const { relied, ...versions } = await this.#expected(files, keys, expected);
      const batch = { ...pack(entries), ...versions };
      expected?.checkWritable?.();
      const args = { files, batch, durable, ...(relied && { relied }) };
      return await this.#client.request('put', args, [batch.bytes.buffer]);
    });
  }

  async delete(keys: readonly string[], { durable, expected }: BatchOptions): Promise<WriteResult> {
    return await outcome(keys, notDeleted, async () => {
      const files = await this.#locate();
      const versions = await this.#expected(files, keys, expected);
      expected?.checkWritable?.();
      return await this.#client.request('delete', { files, keys, durable, ...versions });
    });
  }

  async #expected(
    files: NamespaceFiles,
    keys: readonly string[],
    expected: Expectation | undefined,
  ): Promise<Versions> {
    if (expected === undefined) return {};
    const { relied: others = [] } = expected;
    const versions = await expectedVersions(this.#client, files, [...keys, ...others], expected);
    const relied = others.map((key, index): Relied => ({ key, expected: versions[keys.length + index] }));
    return { expected: versions.slice(0, keys.length), ...(relied.length > 0 && { relied }) };
  }
}

/** What a write relies on. */
interface Versions {
  readonly expected?: readonly Expected[];
  readonly relied?: readonly Relied[];
}

async function outcome(
  keys: readonly string[],
  toError: (error: unknown, key: string) => KvError,
  run: () => Promise<BatchResult>,
): Promise<WriteResult> {
  try {
    const { failed, stopped } = await run();
    return {
      failed: failed.map(({ index, fault }) => {
        return { index, error: toError(new FaultError(fault), keys[index] ?? ''), ...closedBy(fault.reason) };
      }),
      ...(stopped && { stopped: (key: string) => toError(new FaultError(stopped), key) }),
    };
  } catch (error) {
    if (isKvError(error, 'readOnly')) {
      return { failed: keys.map((_, index) => ({ index, error })), stopped: () => error };
    }
    const closed = error instanceof FaultError ? closedBy(error.fault.reason) : {};
    return {
      failed: keys.map((key, index) => ({ index, error: toError(error, key), ...closed })),
      stopped: (key) => toError(unsent(error), key),
    };
  }
}

/** The error for later keys, of which nothing was sent. */
const unsent = (error: unknown): unknown =>
  error instanceof FaultError ? new FaultError({ ...error.fault, isUncertain: false }) : error;

/** Why this way is closed, if another one may be open. */
function closedBy(reason: FaultReason): Pick<WriteFailure, 'closed'> {
  if (reason === 'devServer') return { closed: 'devServer' };
  return reason === 'locked' || reason === 'noSqlite' ? { closed: 'other' } : {};
}

/** Copies the values into one buffer, which can move to the thread while the caller keeps its own. */
function pack(entries: readonly KvEntry[]): WriteBatch {
  const lengths = entries.map((entry) => entry.value.length);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let offset = 0;
  for (const { value } of entries) {
    bytes.set(value, offset);
    offset += value.length;
  }
  return {
    keys: entries.map((entry) => entry.key),
    lengths,
    bytes,
    metadata: entries.map((entry) => {
      const metadata = presentMetadata(entry.metadata);
      return metadata === undefined ? null : metadataText(metadata);
    }),
    expirations: entries.map((entry) => entry.expiration ?? null),
  };
}
