import { hash } from 'node:crypto';
import type { KvEntry, KvKeyInfo } from '../entry.ts';
import { aboutText } from '../undo/entryDigest.ts';

/** What a read showed, in little space: equal texts mean equal things. */
export interface SeenState {
  /** The whole entry; `undefined` for a missing key, {@link UNKNOWN} when only a listing told of it. */
  readonly whole: string | undefined;
  /** Metadata and expiration alone, which is all that a listing tells; `undefined` for a missing key. */
  readonly about: string | undefined;
}

/** No entry's text is this. */
const UNKNOWN = 'unknown';
const MOST = 20_000;
/** A value that is no longer than its digest stands for itself. */
const SHORT = 32;

export function stateOf(entry: KvEntry | undefined): SeenState {
  if (entry === undefined) return { whole: undefined, about: undefined };
  const about = aboutText(entry);
  return { whole: `${valueText(entry.value)} ${about}`, about };
}

const valueText = (value: Uint8Array): string =>
  value.length <= SHORT ? Buffer.from(value).toString('hex') : hash('sha256', value, 'base64');

/** What the last reads, listings and writes have shown of many keys; the oldest are forgotten. */
export class SeenEntries {
  readonly #states = new Map<string, SeenState>();

  add(key: string, entry: KvEntry | undefined): void {
    this.#set(key, stateOf(entry));
  }

  /** A listing does not tell the value: what is known of it stays, unless the rest is another now. */
  addInfo(info: KvKeyInfo): void {
    const about = aboutText(info);
    const known = this.#states.get(info.name);
    this.#set(info.name, known?.about === about ? known : { whole: UNKNOWN, about });
  }

  /** `undefined` for a key that was not seen. */
  get(key: string): SeenState | undefined {
    return this.#states.get(key);
  }

  #set(key: string, state: SeenState): void {
    this.#states.delete(key);
    this.#states.set(key, state);
    if (this.#states.size > MOST) for (const oldest of this.#states.keys()) return void this.#states.delete(oldest);
  }
}
