import { compareUtf8 } from '../../../src/core/keys/utf8Order.ts';
import type { Keyspace, PageQuery, StoredValue } from './keyspace.ts';
import type { BackendItem, BackendKey, BackendPage, KvBackend } from './kvBackend.ts';

/** What other locations still see of a key that was written. */
interface Before {
  readonly state: StoredValue | undefined;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export interface Staleness {
  /** For how long reads return the state before a write; 0 for never. */
  readonly ms: () => number;
  readonly now: () => number;
}

/** A namespace in Miniflare's KV. On request it is as inconsistent as the platform may be. */
export class RealKeys implements Keyspace {
  readonly #backend: KvBackend;
  readonly #namespace: string;
  readonly #staleness: Staleness;
  /** A Worker can read an expiration only by listing, so expirations are remembered here. */
  readonly #expirations = new Map<string, number>();
  readonly #before = new Map<string, Before>();

  constructor(backend: KvBackend, namespace: string, staleness: Staleness) {
    this.#backend = backend;
    this.#namespace = namespace;
    this.#staleness = staleness;
  }

  /** Where its data lies. */
  get place(): { readonly state: string; readonly id: string } {
    return this.#backend.placeOf(this.#namespace);
  }

  async get(key: string): Promise<StoredValue | undefined> {
    const before = this.#stale(key);
    return before ? before.state : await this.#current(key);
  }

  async metadata(key: string): Promise<Pick<StoredValue, 'metadata'> | undefined> {
    const before = this.#stale(key);
    if (before) return before.state;
    const metadata = await this.#backend.metadata(this.#namespace, key);
    return metadata === undefined ? undefined : { metadata };
  }

  async getMany(keys: readonly string[]) {
    const values = await this.#backend.getMany(this.#namespace, keys);
    return keys.map((key, i) => {
      const before = this.#stale(key);
      if (before) {
        const { bytes, ...rest } = before.state ?? {};
        return bytes && { metadata: null, ...rest, text: bytes.toString() };
      }
      const value = values[i];
      return value ? { text: value.value, metadata: value.metadata, ...this.#expiration(key) } : undefined;
    });
  }

  async list(query: PageQuery): Promise<BackendPage> {
    const stale = [...this.#before.keys()].filter((key) => this.#stale(key));
    return stale.length === 0 ? await this.#backend.list(this.#namespace, query) : await this.#staleList(query, stale);
  }

  async put(item: Omit<BackendItem, 'value' | 'base64'>, bytes: Uint8Array): Promise<void> {
    await this.#remember([item.key]);
    await this.#backend.put(this.#namespace, item, bytes);
    this.#expires(item);
  }

  async putMany(items: readonly BackendItem[]): Promise<void> {
    await this.#remember(items.map(({ key }) => key));
    await this.#backend.putMany(this.#namespace, items);
    for (const item of items) this.#expires(item);
  }

  async deleteMany(keys: readonly string[]): Promise<void> {
    await this.#remember(keys);
    await this.#backend.deleteMany(this.#namespace, keys);
    for (const key of keys) this.#expirations.delete(key);
  }

  async #current(key: string): Promise<StoredValue | undefined> {
    const value = await this.#backend.get(this.#namespace, key);
    return value && { ...value, ...this.#expiration(key) };
  }

  #expires({ key, expiration }: Pick<BackendItem, 'key' | 'expiration'>): void {
    if (expiration === undefined) this.#expirations.delete(key);
    else this.#expirations.set(key, expiration);
  }

  #expiration(key: string): { expiration?: number } {
    const expiration = this.#expirations.get(key);
    return expiration === undefined ? {} : { expiration };
  }

  #stale(key: string): Before | undefined {
    const before = this.#before.get(key);
    if (before && before.until <= this.#staleness.now()) this.#before.delete(key);
    return this.#before.get(key);
  }

  async #remember(keys: readonly string[]): Promise<void> {
    const ms = this.#staleness.ms();
    if (ms === 0) return;
    for (const key of keys) {
      const state = this.#stale(key)?.state ?? (await this.#current(key));
      this.#before.set(key, { state, until: this.#staleness.now() + ms });
    }
  }

  /** The cursor is the base64 of the last key, as in Miniflare. */
  async #staleList({ prefix = '', cursor, limit }: PageQuery, stale: readonly string[]): Promise<BackendPage> {
    const keys = new Map<string, BackendKey>();
    for (let next: string | undefined, first = true; first || next !== undefined; first = false) {
      const page = await this.#backend.list(this.#namespace, { prefix, ...(next !== undefined && { cursor: next }) });
      for (const key of page.keys) keys.set(key.name, key);
      next = page.cursor;
    }
    for (const name of stale.filter((key) => key.startsWith(prefix))) {
      const state = this.#before.get(name)?.state;
      if (state === undefined) keys.delete(name);
      else {
        const { metadata, expiration } = state;
        keys.set(name, {
          name,
          ...(metadata !== null && { metadata }),
          ...(expiration !== undefined && { expiration }),
        });
      }
    }
    const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64').toString();
    const rest = [...keys.values()]
      .filter(({ name }) => after === undefined || compareUtf8(name, after) > 0)
      .sort((a, b) => compareUtf8(a.name, b.name));
    const page = rest.slice(0, limit);
    const last = page.at(-1);
    return rest.length > limit && last
      ? { keys: page, cursor: Buffer.from(last.name).toString('base64') }
      : { keys: page };
  }
}
