import type { JsonValue } from '../../../src/core/entry/entry.ts';
import type { BackendItem, BackendPage } from './kvBackend.ts';

/** An entry in the form of the API: metadata `null` for none, expiration in Unix seconds. */
export interface StoredValue {
  readonly bytes: Buffer;
  readonly metadata: JsonValue;
  readonly expiration?: number;
}

export interface PageQuery {
  readonly prefix?: string;
  readonly cursor?: string;
  readonly limit: number;
}

/** The content of a namespace, real or made up. */
export interface Keyspace {
  get(key: string): Promise<StoredValue | undefined>;
  /** For a key that exists. */
  metadata(key: string): Promise<Pick<StoredValue, 'metadata'> | undefined>;
  /** As text, `undefined` for missing keys, in the order of `keys`. */
  getMany(keys: readonly string[]): Promise<readonly ((Omit<StoredValue, 'bytes'> & { text: string }) | undefined)[]>;
  list(query: PageQuery): Promise<BackendPage>;
  put(item: Omit<BackendItem, 'value' | 'base64'>, bytes: Uint8Array): Promise<void>;
  putMany(items: readonly BackendItem[]): Promise<void>;
  deleteMany(keys: readonly string[]): Promise<void>;
}
