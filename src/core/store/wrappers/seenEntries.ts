import { hash } from 'node:crypto';
import type { JsonValue, KvEntry, KvKeyInfo } from '../../entry/entry.ts';
import { aboutText } from '../../entry/entryDigest.ts';

/** What a read showed, in little space: equal texts mean equal things. */
export interface SeenState {
  /** The whole entry; `undefined` for a missing key, {@link UNKNOWN} when only a listing told of it. */
  readonly whole: string | undefined;
  /** Metadata and expiration alone, which is all that a listing tells; `undefined` for a missing key. */
  readonly about: string | undefined;
}

/** No entry's text is this. */
const UNKNOWN = 'unknown';
/** A page of 1,000 keys with the most metadata that there is takes 1.3 MB. */
const MOST = 5000;
/** A value of no more bytes stands for itself: to keep it costs less than its digest. */
const SHORT = 128;

const MISSING: SeenState = { whole: undefined, about: undefined };

export const stateOf = (entry: KvEntry | undefined): SeenState =>
  entry ? new Seen(entry, valueText(entry.value)) : MISSING;

/** The texts are made when they are asked for: most of what is seen is never written. */
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

/** What was seen last, in whichever store; the number of the store stands before the key. */
const states = new Map<string, SeenState>();
let stores = 0;

/**
 * What the last reads, listings and writes have shown of keys of one store. All stores together keep a bounded number
 * of them, however many there are: the oldest are forgotten.
 */
export class SeenEntries {
  readonly #name = `${stores++} `;

  add(key: string, entry: KvEntry | undefined): void {
    this.#set(key, stateOf(entry));
  }

  /** A listing does not tell the value: what is known of it stays, unless the rest is another now. */
  addInfo(info: KvKeyInfo): void {
    const known = this.get(info.name);
    const listed = new Seen(info);
    this.#set(info.name, known !== undefined && known.about === listed.about ? known : listed);
  }

  /** `undefined` for a key that was not seen. */
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
