import { compareUtf8 } from '../../../src/core/keys/utf8Order.ts';
import type { Keyspace, PageQuery, StoredValue } from './keyspace.ts';
import type { BackendItem, BackendPage } from './kvBackend.ts';

/** A namespace in the server's memory, for tests of what goes wrong on the way to it. The cursor is the last key. */
export class MemoryKeys implements Keyspace {
  readonly #values = new Map<string, StoredValue>();

  async get(key: string) {
    return this.#values.get(key);
  }

  async metadata(key: string) {
    return this.#values.get(key);
  }

  async getMany(keys: readonly string[]) {
    return keys.map((key) => {
      const { bytes, ...rest } = this.#values.get(key) ?? {};
      return bytes && { metadata: null, ...rest, text: bytes.toString() };
    });
  }

  async list({ prefix = '', cursor, limit }: PageQuery): Promise<BackendPage> {
    const names = [...this.#values.keys()]
      .filter((name) => name.startsWith(prefix) && (cursor === undefined || compareUtf8(name, cursor) > 0))
      .sort(compareUtf8);
    const keys = names.slice(0, limit).map((name) => {
      const { metadata = null, expiration } = this.#values.get(name) ?? {};
      return { name, ...(metadata !== null && { metadata }), ...(expiration !== undefined && { expiration }) };
    });
    const last = keys.at(-1);
    return names.length > limit && last ? { keys, cursor: last.name } : { keys };
  }

  async put({ key, metadata = null, expiration }: Omit<BackendItem, 'value' | 'base64'>, bytes: Uint8Array) {
    this.#values.set(key, { bytes: Buffer.from(bytes), metadata, ...(expiration !== undefined && { expiration }) });
  }

  async putMany(items: readonly BackendItem[]): Promise<void> {
    for (const { value, base64, ...item } of items)
      await this.put(item, Buffer.from(value, base64 ? 'base64' : 'utf8'));
  }

  async deleteMany(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#values.delete(key);
  }
}
