import { hash } from 'node:crypto';
import type { JsonValue, KvEntry, KvKeyInfo } from '../../entry/entry.ts';
import { aboutText } from '../../entry/entryDigest.ts';

/** A compact record of what a read showed. Equal strings mean equal states. */
export interface SeenState {
  /** Stands for the whole entry; `undefined` for a missing key, {@link UNKNOWN} if only a listing mentioned it. */
  readonly whole: string | undefined;
  /** Stands for metadata and expiration, all that a listing tells; `undefined` for a missing key. */
  readonly about: string | undefined;
}

/** Differs from the string of every entry. */
const UNKNOWN = 'unknown';
/** A page of 1,000 keys with metadata of the largest size takes 1.3 MB. */
const MOST = 5000;
/** Values up to this many bytes are kept as they are, which costs less than their digest. */
const SHORT = 128;

const MISSING: SeenState = { whole: undefined, about: undefined };

export const stateOf = (entry: KvEntry | undefined): SeenState =>
  entry ? new Seen(entry, valueText(entry.value)) : MISSING;

/** Computes its strings on demand, because most entries that are seen are never written. */
class Seen implements SeenState {
  readonly #value: string | undefined;
  readonly #metadata: JsonValue | undefined;
  readonly #expiration: number | undefined;

  constructor({ metadata, expiration }: Pick<KvEntry, 'metadata' | 'expiration'>, value?: string) {
    this.#value = value;
    this.#metadata = metadata;
    this.#expiration = expiration;
  }

  get whole(): string {
    return this.#value === undefined ? UNKNOWN : `${this.#value} ${this.about}`;
  }

  get about(): string {
    return aboutText({ metadata: this.#metadata, expiration: this.#expiration });
  }
}

const valueText = (value: Uint8Array): string =>
  value.length <= SHORT
    ? `=${Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1')}`
    : hash('sha256', value, 'base64');

/** The states seen last, in all stores. The number of the store precedes the key. */
const states = new Map<string, SeenState>();
let stores = 0;

/**
 * What recent reads, listings and writes have shown of the keys of one store. All stores share a bounded number of
 * states; the oldest are forgotten.
 */
export class SeenEntries {
  readonly #name = `${stores++} `;

  add(key: string, entry: KvEntry | undefined): void {
    this.#set(key, stateOf(entry));
  }

  /** A listing does not tell the value. What is known about the value stays unless the rest has changed. */
  addInfo(info: KvKeyInfo): void {
    const known = this.get(info.name);
    const listed = new Seen(info);
    this.#set(info.name, known !== undefined && known.about === listed.about ? known : listed);
  }

  /** `undefined` for a key that has not been seen. */
  get(key: string): SeenState | undefined {
    return states.get(this.#name + key);
  }

  #set(key: string, state: SeenState): void {
    const name = this.#name + key;
    states.delete(name);
    states.set(name, state);
    if (states.size > MOST) for (const oldest of states.keys()) return void states.delete(oldest);
  }
}
