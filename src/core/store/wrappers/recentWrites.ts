import type { Timing } from '../../base/timing.ts';
import { type JsonValue, type KvEntry, type KvKeyInfo, presentMetadata } from '../../entry/entry.ts';
import { aboutText } from '../../entry/entryDigest.ts';
import { metadataText, parseMetadata } from '../../entry/metadataJson.ts';
import { type SeenState, stateOf } from './seenEntries.ts';

/** For this long after a write, reads may still be stale (Workers KV documentation, "How KV works"). */
const WINDOW_MS = 60_000;
const MOST_KEYS = 20_000;
const MOST_BYTES = 32_000_000;

/** A state that a read may return. */
interface Possible {
  readonly state: SeenState;
  /** From then on nothing is known about it, and it hides no read. */
  readonly until: number;
}

interface Written {
  /** The state that is certain; `undefined` for a delete. */
  readonly entry: KvEntry | undefined;
  readonly state: SeenState;
  /** The states before, each until a minute after the write that replaced it. */
  readonly old: readonly Possible[];
}

/** A write that was sent. Exactly one method is called, with its outcome. */
export interface SentWrite {
  done(): void;
  /** The answer is lost, so either state is possible. */
  lost(): void;
  /** The write was certainly not carried out. */
  refused(): void;
}

const ABSENT: SeenState = stateOf(undefined);

/** What was written or deleted within the last minute, and what may have been. */
export class RecentWrites {
  readonly #timing: Pick<Timing, 'now'>;
  /** In the order in which they were written. */
  readonly #writes = new Map<string, Written>();
  /**
   * The states that writes with no answer yet, or with a lost answer, may have made, oldest first. A read that returns
   * one is taken as true.
   */
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

  /** Must be called before a write is sent. `before` is the state at that time, if known. */
  sending(key: string, entry: KvEntry | undefined, before: SeenState | undefined): SentWrite {
    const own: Possible = { state: stateOf(entry), until: Number.POSITIVE_INFINITY };
    const others = (): readonly Possible[] =>
      (this.#perhaps.get(key) ?? []).filter((other) => other !== own && other.until > this.#timing.now());
    this.#setPerhaps(key, [...others(), own]);
    return {
      done: () => {
        // Uncertain writes that have ended are now certainly replaced.
        const isUnderWay = ({ until }: Possible): boolean => until === Number.POSITIVE_INFINITY;
        const lost = others().filter((other) => !isUnderWay(other));
        this.#setPerhaps(key, others().filter(isUnderWay));
        this.#add(key, entry && asStored(entry), [before, ...lost.map(({ state }) => state)]);
      },
      lost: () => this.#setPerhaps(key, [...others(), { ...own, until: this.#timing.now() + WINDOW_MS }]),
      refused: () => this.#setPerhaps(key, others()),
    };
  }

  /** The answer for a read that found `found`. */
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
   * What a listing should say about a key; `undefined` to leave it out. `found` is what the page has. Like {@link
   * resolve}, but compares only what pages tell; so a change by somebody else does not make it forget the write.
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
    // If the key was never read, only its absence can be told apart from somebody else's change.
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

  /** The write of a key, as long as a read may return something older. */
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

  /** Forgets writes older than a minute, and the oldest ones beyond the limits. */
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

/** A copy that nobody else can change, with the metadata as JSON keeps it (JSON has no `-0`). */
const asStored = ({ value, metadata, ...rest }: KvEntry): KvEntry => ({
  ...rest,
  value: new Uint8Array(value),
  ...(metadata !== undefined && { metadata: asParsed(metadata) }),
});

const copyOf = (entry: KvEntry | undefined): KvEntry | undefined =>
  entry && tidy({ ...entry, value: new Uint8Array(entry.value) });

/** Like a read returns it: without the `null` that means no metadata. */
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
