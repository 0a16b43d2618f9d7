import type { Timing } from '../../base/timing.ts';
import type { JsonValue, KvEntry, KvKeyInfo } from '../../entry/entry.ts';
import { presentMetadata } from '../../entry/entry.ts';
import { aboutText } from '../../entry/entryDigest.ts';
import { metadataText, parseMetadata } from '../../entry/metadataJson.ts';
import { type SeenState, stateOf } from './seenEntries.ts';

/** For so long reads may still be old (Workers KV documentation, "How KV works"). */
const WINDOW_MS = 60_000;
const MOST_KEYS = 20_000;
const MOST_BYTES = 32_000_000;
/** Writes of one key within the window that may still be read. */
const MOST_OLD = 60;

interface Written {
  /** `undefined` for a delete. */
  readonly entry: KvEntry | undefined;
  readonly state: SeenState;
  /** What was there before this write and before those of the window that it followed, oldest first. */
  readonly old: readonly SeenState[];
  readonly until: number;
}

const ABSENT: SeenState = stateOf(undefined);

/** What was written or deleted within the last minute. */
export class RecentWrites {
  readonly #timing: Pick<Timing, 'now'>;
  /** In the order of the writes. */
  readonly #writes = new Map<string, Written>();
  #bytes = 0;

  constructor(timing: Pick<Timing, 'now'>) {
    this.#timing = timing;
  }

  get isEmpty(): boolean {
    this.#drop();
    return this.#writes.size === 0;
  }

  get keys(): Iterable<string> {
    return this.#writes.keys();
  }

  /** `before` is what was there as far as is known. */
  add(key: string, entry: KvEntry | undefined, before: SeenState | undefined): void {
    const last = this.#writes.get(key);
    // Of a key that was not read, its absence is the only thing that can be told from somebody else's change.
    const old = [...(last ? [...last.old, last.state] : []), before ?? ABSENT].slice(-MOST_OLD);
    this.#delete(key);
    const kept = entry && asStored(entry);
    this.#writes.set(key, { entry: kept, state: stateOf(entry), old, until: this.#timing.now() + WINDOW_MS });
    this.#bytes += sizeOf(kept);
    this.#drop();
  }

  /** What a read is answered with. */
  resolve(key: string, found: KvEntry | undefined): KvEntry | undefined {
    const written = this.#current(key);
    if (!written) return found;
    const { whole } = stateOf(found);
    if (whole === written.state.whole) return found;
    if (written.old.some((state) => state.whole === whole)) return copyOf(written.entry);
    this.#delete(key);
    return found;
  }

  /**
   * What a listing says of a key, `undefined` when it leaves it out. `found` is what the page has; the same as above by
   * what pages tell, except that a foreign change ends nothing, because a page does not tell enough.
   */
  resolveInfo(key: string, found: KvKeyInfo | undefined): KvKeyInfo | undefined {
    const written = this.#current(key);
    if (!written) return found;
    const about = found && aboutText(found);
    const isOld = about === written.state.about || written.old.some((state) => state.about === about);
    return isOld ? written.entry && infoOf(written.entry) : found;
  }

  #current(key: string): Written | undefined {
    const written = this.#writes.get(key);
    return written && written.until > this.#timing.now() ? written : undefined;
  }

  /** Lets go of what has had its minute, and of the oldest beyond the bounds. */
  #drop(): void {
    const now = this.#timing.now();
    for (const [key, { until }] of this.#writes) {
      if (until > now && this.#writes.size <= MOST_KEYS && this.#bytes <= MOST_BYTES) return;
      this.#delete(key);
    }
  }

  #delete(key: string): void {
    this.#bytes -= sizeOf(this.#writes.get(key)?.entry);
    this.#writes.delete(key);
  }
}

const sizeOf = (entry: KvEntry | undefined): number => entry?.value.length ?? 0;

const asParsed = (metadata: JsonValue): JsonValue => parseMetadata(metadataText(metadata)) ?? null;

/** A copy that nobody else changes, with the metadata that JSON keeps, which knows no `-0`. */
const asStored = ({ value, metadata, ...rest }: KvEntry): KvEntry => ({
  ...{ ...rest, value: new Uint8Array(value) },
  ...(metadata !== undefined && { metadata: asParsed(metadata) }),
});

const copyOf = (entry: KvEntry | undefined): KvEntry | undefined =>
  entry && tidy({ ...entry, value: new Uint8Array(entry.value) });

/** Without the `null` that means no metadata, as a read gives it. */
function tidy({ metadata, expiration, ...rest }: KvEntry): KvEntry {
  const present = presentMetadata(metadata);
  return {
    ...rest,
    ...(present !== undefined && { metadata: present }),
    ...(expiration !== undefined && { expiration }),
  };
}

function infoOf(entry: KvEntry): KvKeyInfo {
  const { key: name, value: _, ...about } = tidy(entry);
  return { name, ...about };
}
