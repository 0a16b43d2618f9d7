import type { Timing } from '../../base/timing.ts';
import { type JsonValue, type KvEntry, type KvKeyInfo, presentMetadata } from '../../entry/entry.ts';
import { aboutText } from '../../entry/entryDigest.ts';
import { metadataText, parseMetadata } from '../../entry/metadataJson.ts';
import { type SeenState, stateOf } from './seenEntries.ts';

/** For so long after a write reads may still be old (Workers KV documentation, "How KV works"). */
const WINDOW_MS = 60_000;
const MOST_KEYS = 20_000;
const MOST_BYTES = 32_000_000;

/** A state that a read may show. */
interface Possible {
  readonly state: SeenState;
  /** It hides no read from then on; nothing is known of it any more. */
  readonly until: number;
}

interface Written {
  /** What is there for certain; `undefined` for a delete. */
  readonly entry: KvEntry | undefined;
  readonly state: SeenState;
  /** What was there before, each until a minute after the write that replaced it. */
  readonly old: readonly Possible[];
}

/** A write that was sent; it is told once what became of it. */
export interface SentWrite {
  done(): void;
  /** Its answer is lost: either state may be there. */
  lost(): void;
  /** It is certain that it was not carried out. */
  refused(): void;
}

const ABSENT: SeenState = stateOf(undefined);

/** What was written or deleted within the last minute, and what may have been. */
export class RecentWrites {
  readonly #timing: Pick<Timing, 'now'>;
  /** In the order of the writes. */
  readonly #writes = new Map<string, Written>();
  /** What writes made of keys that have no answer, or lost it, oldest first: reads that show it are true. */
  readonly #perhaps = new Map<string, readonly Possible[]>();
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

  /** Called before a write is sent; `before` is what is there then, as far as is known. */
  sending(key: string, entry: KvEntry | undefined, before: SeenState | undefined): SentWrite {
    const own: Possible = { state: stateOf(entry), until: Number.POSITIVE_INFINITY };
    const others = (): readonly Possible[] =>
      (this.#perhaps.get(key) ?? []).filter((other) => other !== own && other.until > this.#timing.now());
    this.#setPerhaps(key, [...others(), own]);
    return {
      done: () => {
        // Whatever was there perhaps, is there no longer.
        const isUnderWay = ({ until }: Possible): boolean => until === Number.POSITIVE_INFINITY;
        const lost = others().filter((other) => !isUnderWay(other));
        this.#setPerhaps(key, others().filter(isUnderWay));
        this.#add(key, entry && asStored(entry), [before, ...lost.map(({ state }) => state)]);
      },
      lost: () => this.#setPerhaps(key, [...others(), { ...own, until: this.#timing.now() + WINDOW_MS }]),
      refused: () => this.#setPerhaps(key, others()),
    };
  }

  /** What a read is answered with. */
  resolve(key: string, found: KvEntry | undefined): KvEntry | undefined {
    const written = this.#current(key);
    if (!written) return found;
    const { whole } = stateOf(found);
    if (whole === written.state.whole || this.#isPerhaps(key, (state) => state.whole === whole)) return found;
    if (written.old.some(({ state }) => state.whole === whole)) return copyOf(written.entry);
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
    const isOld = about === written.state.about || written.old.some(({ state }) => state.about === about);
    return isOld ? written.entry && infoOf(written.entry) : found;
  }

  #add(key: string, entry: KvEntry | undefined, [before, ...lost]: readonly (SeenState | undefined)[]): void {
    const until = this.#timing.now() + WINDOW_MS;
    const last = this.#current(key);
    // Of a key that was not read, its absence is the only thing that can be told from somebody else's change.
    const replaced = [before ?? last?.state ?? ABSENT, ...(last ? [last.state] : []), ...lost];
    const old = replaced.flatMap((state) => (state ? { state, until } : []));
    this.#delete(key);
    this.#writes.set(key, { entry, state: stateOf(entry), old: [...(last?.old ?? []), ...old] });
    this.#bytes += sizeOf(entry);
    this.#drop();
  }

  #setPerhaps(key: string, perhaps: readonly Possible[]): void {
    this.#perhaps.delete(key);
    if (perhaps.length > 0) this.#perhaps.set(key, perhaps);
  }

  /** As long as a read may show something older. */
  #current(key: string): Written | undefined {
    const written = this.#writes.get(key);
    if (!written) return undefined;
    const now = this.#timing.now();
    const old = written.old.filter(({ until }) => until > now);
    return old.length === 0 ? undefined : { ...written, old };
  }

  #isPerhaps(key: string, fits: (state: SeenState) => boolean): boolean {
    const now = this.#timing.now();
    return (this.#perhaps.get(key) ?? []).some(({ state, until }) => until > now && fits(state));
  }

  /** Lets go of what has had its minute, and of the oldest beyond the bounds. */
  #drop(): void {
    const now = this.#timing.now();
    for (const [key, { old }] of this.#writes) {
      const isLive = old.some(({ until }) => until > now);
      if (isLive && this.#writes.size <= MOST_KEYS && this.#bytes <= MOST_BYTES) break;
      this.#delete(key);
    }
    for (const [key, perhaps] of this.#perhaps) {
      if (perhaps.some(({ until }) => until > now) && this.#perhaps.size <= MOST_KEYS) break;
      this.#perhaps.delete(key);
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
  ...rest,
  value: new Uint8Array(value),
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
