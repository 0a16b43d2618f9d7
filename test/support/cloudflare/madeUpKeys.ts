import type { JsonValue } from '../../../src/core/entry/entry.ts';
import type { Keyspace, PageQuery } from './keyspace.ts';
import type { BackendPage } from './kvBackend.ts';

const DIGITS = 9;
const STEM = 'made:up:';
const nameOf = (index: number): string => STEM + String(index).padStart(DIGITS, '0');
const textOf = (index: number): string => JSON.stringify({ index, name: `user ${index}` });

/**
 * Any number of keys that are not stored anywhere, with metadata of a given size beside their index. Writes are counted
 * and forgotten. The cursor is an index.
 */
export class MadeUpKeys implements Keyspace {
  readonly #count: number;
  readonly #padding: string;

  constructor(count: number, metadataBytes = 0) {
    this.#count = count;
    this.#padding = 'm'.repeat(metadataBytes);
  }

  async get(key: string) {
    const index = this.#index(key);
    return index === undefined ? undefined : { bytes: Buffer.from(textOf(index)), metadata: this.#metadata(index) };
  }

  async metadata(key: string) {
    return await this.get(key);
  }

  async getMany(keys: readonly string[]) {
    return keys.map((key) => {
      const index = this.#index(key);
      return index === undefined ? undefined : { text: textOf(index), metadata: this.#metadata(index) };
    });
  }

  async list({ prefix = '', cursor = '0', limit }: PageQuery): Promise<BackendPage> {
    const digits = prefix.startsWith(STEM) ? prefix.slice(STEM.length) : '';
    if (!(STEM.startsWith(prefix) || /^\d*$/.test(digits)) || digits.length > DIGITS) return { keys: [] };
    const first = Number(digits.padEnd(DIGITS, '0'));
    const end = Math.min(this.#count, Number(digits.padEnd(DIGITS, '9')) + 1);
    const start = Math.max(first, Number(cursor));
    const stop = Math.min(end, start + limit);
    const keys = Array.from({ length: Math.max(0, stop - start) }, (_, i) => ({
      name: nameOf(start + i),
      metadata: this.#metadata(start + i),
    }));
    return stop < end ? { keys, cursor: String(stop) } : { keys };
  }

  async put(): Promise<void> {}
  async putMany(): Promise<void> {}
  async deleteMany(): Promise<void> {}

  #metadata(index: number): JsonValue {
    return this.#padding === '' ? { index } : { index, padding: this.#padding };
  }

  #index(key: string): number | undefined {
    const index = Number(key.slice(STEM.length));
    return Number.isInteger(index) && index < this.#count && nameOf(index) === key ? index : undefined;
  }
}
