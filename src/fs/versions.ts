import { createHash } from 'node:crypto';
import type { JsonValue } from '../core/entry/entry.ts';
import { sameMetadata } from '../core/entry/entryDigest.ts';
import { metadataText, parseMetadata } from '../core/entry/metadataJson.ts';

/** What `stat` reports of one content. */
export interface Version {
  readonly hash: string;
  /** Not always the content's length, see {@link Versions}. */
  readonly size: number;
  /** Unix milliseconds, never going back. */
  readonly mtime: number;
}

/** What rode along with the content last seen, to create a vanished key again as it was. */
export interface Companion {
  readonly metadata?: JsonValue;
  readonly expiration?: number;
}

interface Seen {
  readonly last: Version;
  readonly sizes: readonly number[];
  readonly companion: Companion;
  readonly beforeRenewal?: Version;
}

/** As it is kept: the storage reads numbers as doubles, so metadata is its text. */
type Remembered = Omit<Seen, 'companion'> & {
  readonly companion: Omit<Companion, 'metadata'> & { readonly json?: string };
};

function remembered({ companion: { metadata, ...rest }, ...seen }: Seen): Remembered {
  return { ...seen, companion: { ...rest, ...(metadata !== undefined && { json: metadataText(metadata) }) } };
}

function recalled({ companion: { json, ...rest }, ...seen }: Remembered): Seen {
  const metadata = json === undefined ? undefined : parseMetadata(json);
  return { ...seen, companion: { ...rest, ...(metadata !== undefined && { metadata }) } };
}

/** Where the versions of open documents outlive a restart; `vscode.Memento` fits. */
export interface VersionMemory {
  get<T>(key: string): T | undefined;
  update(key: string, value: unknown): unknown;
}

const MEMORY_KEY = 'versions';
const MOST_REMEMBERED = 500;

export const hashOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('base64');

/**
 * Gives every document a version that VS Code's save conflict understands. It raises one only when mtime advanced and
 * the etag moved, and its etag comparison comes down to the size; so the same content keeps its version, and changed
 * content gets a later mtime and a size never reported before for this document, be its length equal or not.
 */
export class Versions {
  readonly #seen: Map<string, Seen>;
  readonly #memory: VersionMemory;

  constructor(memory: VersionMemory) {
    this.#memory = memory;
    this.#seen = new Map(
      (memory.get<[string, Remembered][]>(MEMORY_KEY) ?? []).map(([id, seen]) => [id, recalled(seen)]),
    );
  }

  /** The version last reported for `id`. */
  last(id: string): Version | undefined {
    return this.#seen.get(id)?.last;
  }

  companion(id: string): Companion {
    return this.#seen.get(id)?.companion ?? {};
  }

  /** The version of `content`: the last one when it is unchanged. */
  next(id: string, content: Uint8Array, companion: Companion): Version {
    const hash = hashOf(content);
    const seen = this.#seen.get(id);
    if (seen?.last.hash === hash) {
      this.#set(id, { ...seen, companion: onlyCompanion(companion) });
      return seen.last;
    }
    let size = content.length;
    while (seen?.sizes.includes(size)) size++;
    const last = { hash, size, mtime: Math.max(Date.now(), (seen?.last.mtime ?? 0) + 1) };
    this.#set(id, { last, sizes: [...(seen?.sizes ?? []), size], companion: onlyCompanion(companion) });
    return last;
  }

  /** The version of content just written: the editor adopts it, so sizes reported earlier are free again. */
  restart(id: string, content: Uint8Array, companion: Companion): Version {
    const seen = this.#seen.get(id);
    const hash = hashOf(content);
    const last =
      seen?.last.hash === hash
        ? seen.last
        : { hash, size: content.length, mtime: Math.max(Date.now(), (seen?.last.mtime ?? 0) + 1) };
    this.#set(id, { last, sizes: [last.size], companion: onlyCompanion(companion) });
    return last;
  }

  /** Another version of the same content, for an editor that must load it although nothing has changed. */
  renew(id: string): void {
    const seen = this.#seen.get(id);
    if (!seen) return;
    let { size } = seen.last;
    while (seen.sizes.includes(size)) size++;
    const last = { hash: seen.last.hash, size, mtime: Math.max(Date.now(), seen.last.mtime + 1) };
    this.#set(id, { ...seen, last, sizes: [...seen.sizes, size], beforeRenewal: seen.beforeRenewal ?? seen.last });
  }

  /** The version before the first {@link renew}, for as long as the content stays the same and nothing is written. */
  beforeRenewal(id: string): Version | undefined {
    return this.#seen.get(id)?.beforeRenewal;
  }

  /** Whatever has a version. */
  get ids(): readonly string[] {
    return [...this.#seen.keys()];
  }

  /** Nobody holds a version of `id` any longer. */
  forget(id: string): void {
    if (this.#seen.delete(id)) this.#remember();
  }

  #set(id: string, seen: Seen): void {
    const before = this.#seen.get(id);
    this.#seen.delete(id);
    this.#seen.set(id, seen);
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= MOST_REMEMBERED) break;
      this.#seen.delete(oldest);
    }
    if (before === undefined || before.last !== seen.last || !sameCompanion(before.companion, seen.companion)) {
      this.#remember();
    }
  }

  /** At once, without a delay: a window that reloads gives no notice. */
  #remember(): void {
    void this.#memory.update(
      MEMORY_KEY,
      [...this.#seen].map(([id, seen]) => [id, remembered(seen)]),
    );
  }
}

/** Callers have whole entries at hand, and a value is not to be kept in the workspace's storage. */
const onlyCompanion = ({ metadata, expiration }: Companion): Companion => ({
  ...(metadata !== undefined && { metadata }),
  ...(expiration !== undefined && { expiration }),
});

const sameCompanion = (a: Companion, b: Companion): boolean =>
  a.expiration === b.expiration && sameMetadata(a.metadata, b.metadata);
