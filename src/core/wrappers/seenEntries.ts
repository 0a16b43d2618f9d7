import type { JsonValue, KvEntry, KvKeyInfo } from '../entry.ts';
import { presentMetadata } from '../entry.ts';
import { entryDigest } from '../undo/entryDigest.ts';

/** What a read showed, in little space. */
export interface SeenState {
  /** Of the whole entry; `undefined` for a missing key, {@link UNKNOWN} when only a listing told of it. */
  readonly digest: string | undefined;
  /** Of metadata and expiration alone, which is all that a listing tells; `undefined` for a missing key. */
  readonly about: string | undefined;
}

/** No digest is this. */
const UNKNOWN = 'unknown';
const MOST = 20_000;
const NOTHING = new Uint8Array();

export const stateOf = (entry: KvEntry | undefined): SeenState => ({
  digest: entryDigest(entry),
  about: entry && aboutOf(entry),
});

/** Equal for entries that a listing shows alike. */
export function aboutOf({ metadata, expiration }: { metadata?: JsonValue; expiration?: number }): string {
  const present = presentMetadata(metadata);
  const time = String(expiration ?? '');
  return present === undefined ? time : `${time} ${entryDigest({ value: NOTHING, metadata: present })}`;
}

/** What the last reads, listings and writes have shown of many keys; the oldest are forgotten. */
export class SeenEntries {
  readonly #states = new Map<string, SeenState>();

  add(key: string, entry: KvEntry | undefined): void {
    this.#set(key, stateOf(entry));
  }

  /** A listing does not tell the value: what is known of it stays, unless the rest is another now. */
  addInfo(info: KvKeyInfo): void {
    const about = aboutOf(info);
    const known = this.#states.get(info.name);
    this.#set(info.name, known?.about === about ? known : { digest: UNKNOWN, about });
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
