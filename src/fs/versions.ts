import { createHash } from 'node:crypto';
import type { JsonValue } from '../core/entry/entry.ts';
import { sameMetadata } from '../core/entry/entryDigest.ts';
import { metadataText, parseMetadata } from '../core/entry/metadataJson.ts';
import { freeSize, type TakenSizes, withSize } from './takenSizes.ts';

/** What `stat` reports for one content. */
export interface Version {
  readonly hash: string;
  /** Not always the length of the content, see {@link Versions}. */
  readonly size: number;
  /** Unix milliseconds; never goes back. */
  readonly mtime: number;
}

/** The rest of the entry last seen with the content, for creating a vanished key again as it was. */
export interface Companion {
  readonly metadata?: JsonValue;
  readonly expiration?: number;
}

interface Seen {
  readonly last: Version;
  readonly sizes: TakenSizes;
  readonly companion: Companion;
  readonly beforeRenewal?: Version;
  readonly underText?: Version;
}

/**
 * The versions of a document as stored for the next start. The storage reads numbers as doubles, so metadata is stored
 * as text.
 */
export interface KeptVersions extends Omit<Seen, 'companion' | 'sizes'> {
  readonly sizes: readonly (number | TakenSizes[number])[];
  readonly companion: Omit<Companion, 'metadata'> & { readonly json?: string };
}

function keptOf({ companion: { metadata, ...rest }, ...seen }: Seen): KeptVersions {
  return { ...seen, companion: { ...rest, ...(metadata !== undefined && { json: metadataText(metadata) }) } };
}

function seenOf({ companion: { json, ...rest }, sizes, ...seen }: KeptVersions): Seen {
  const metadata = json === undefined ? undefined : parseMetadata(json);
  const companion = { ...rest, ...(metadata !== undefined && { metadata }) };
  return { ...seen, sizes: sizes.reduce(withOldSize, []), companion };
}

/** Before version 0.2.0, each size was stored by itself. */
const withOldSize = (taken: TakenSizes, size: number | TakenSizes[number]): TakenSizes =>
  typeof size === 'number' ? withSize(taken, size) : [...taken, size];

export const hashOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('base64');

/**
 * Gives a document versions that work with VS Code's save conflict. VS Code raises a conflict only if mtime advanced
 * and the etag changed, and comparing etags amounts to comparing sizes. So the same content keeps its version, and
 * changed content gets a later mtime and a size never reported before for this document, whatever its length.
 */
export class Versions {
  readonly #onMove: () => void;
  #seen: Seen | undefined;

  /** `onMove` is called whenever what should be stored has changed. */
  constructor(kept: KeptVersions | undefined, onMove: () => void) {
    this.#seen = kept && seenOf(kept);
    this.#onMove = onMove;
  }

  get kept(): KeptVersions | undefined {
    return this.#seen && keptOf(this.#seen);
  }

  /** The last reported version. */
  get last(): Version | undefined {
    return this.#seen?.last;
  }

  get companion(): Companion {
    return this.#seen?.companion ?? {};
  }

  /** The version before the first {@link renew}, as long as the content is unchanged and nothing was written. */
  get beforeRenewal(): Version | undefined {
    return this.#seen?.beforeRenewal;
  }

  /** The version that the editor has loaded or saved. It may not be the last one, which need not be loaded yet. */
  get underText(): Version | undefined {
    return this.#seen?.underText ?? this.#seen?.beforeRenewal ?? this.#seen?.last;
  }

  /** The version of `content`: the last one when it is unchanged. The editor still holds what it held. */
  next(content: Uint8Array, companion: Companion): Version {
    const hash = hashOf(content);
    const seen = this.#seen;
    if (seen?.last.hash === hash) {
      this.#set({ ...seen, companion: onlyCompanion(companion) });
      return seen.last;
    }
    const size = freeSize(seen?.sizes ?? [], content.length);
    const last = { hash, size, mtime: Math.max(Date.now(), (seen?.last.mtime ?? 0) + 1) };
    const base = this.underText;
    const held = base && base.hash !== hash && { underText: base };
    this.#set({ last, sizes: withSize(seen?.sizes ?? [], size), companion: onlyCompanion(companion), ...held });
    return last;
  }

  /** An editor shows this text, and none of it is unsaved. It may have loaded it, and not only the last version. */
  noteShown(text: string): void {
    const seen = this.#seen;
    const base = this.underText;
    if (!seen || !base) return;
    const { underText: _, ...rest } = seen;
    if (isTextOf(seen.last, text)) this.#set(rest);
    // Its content may be newer than its version: VS Code reads after it has asked for that.
    else if (!isTextOf(base, text)) this.#set({ ...seen, underText: { ...base, hash: hashOf(Buffer.from(text)) } });
  }

  /** The version of content just written. The editor adopts it, so earlier sizes are free again. */
  restart(content: Uint8Array, companion: Companion): Version {
    const seen = this.#seen;
    const hash = hashOf(content);
    const last =
      seen?.last.hash === hash
        ? seen.last
        : { hash, size: content.length, mtime: Math.max(Date.now(), (seen?.last.mtime ?? 0) + 1) };
    this.#set({ last, sizes: withSize([], last.size), companion: onlyCompanion(companion) });
    return last;
  }

  /** Another version of the same content, for an editor that must load it again although nothing has changed. */
  renew(): void {
    const seen = this.#seen;
    if (!seen) return;
    const size = freeSize(seen.sizes, seen.last.size);
    const last = { hash: seen.last.hash, size, mtime: Math.max(Date.now(), seen.last.mtime + 1) };
    this.#set({ ...seen, last, sizes: withSize(seen.sizes, size), beforeRenewal: seen.beforeRenewal ?? seen.last });
  }

  #set(seen: Seen): void {
    const before = this.#seen;
    this.#seen = seen;
    const isSame = before?.last === seen.last && before.underText === seen.underText;
    if (!isSame || !sameCompanion(before.companion, seen.companion)) this.#onMove();
  }
}

/** Whether an editor shows this content as this text. */
export const isTextOf = ({ hash }: Pick<Version, 'hash'>, text: string): boolean =>
  [text, `\uFEFF${text}`].some((one) => hashOf(Buffer.from(one)) === hash);

/** Callers pass whole entries, but values must not get into the workspace's storage. */
const onlyCompanion = ({ metadata, expiration }: Companion): Companion => ({
  ...(metadata !== undefined && { metadata }),
  ...(expiration !== undefined && { expiration }),
});

const sameCompanion = (a: Companion, b: Companion): boolean =>
  a.expiration === b.expiration && sameMetadata(a.metadata, b.metadata);
