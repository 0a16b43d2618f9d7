import { isKvError, KvError } from '../core/base/errors.ts';
import { MAX_PAGE } from '../core/entry/limits.ts';
import { KeyLevel, type KeyRow } from '../core/keys/keyTree.ts';
import type { KvReader } from '../core/store/store.ts';
import { GroupNode, KeyNode, type ParentNode, prefixOf, type RowNode } from './nodes.ts';

/** Rows of one level stop here: a view is no place for more, and grouping or a filter is. */
export const MOST_ROWS = 20_000;
/** How many pages "Load More" reads at most when none of them adds a row (all keys belong to a group shown already). */
const MOST_SILENT_PAGES = 20;

export interface LevelHost {
  store(node: ParentNode): Promise<KvReader>;
  delimiters(): readonly string[];
}

export interface LoadOptions {
  readonly signal?: AbortSignal;
  readonly report?: (keysRead: number) => void;
}

/** The rows under a namespace or group, read page by page from the store. */
export class Level {
  readonly #owner: ParentNode;
  readonly #host: LevelHost;
  #keys: KeyLevel;
  #rows: RowNode[] = [];
  #known = new Map<string, RowNode>();
  #cursor: string | undefined;
  #read = 0;
  #state: 'unread' | 'read' | 'failed' = 'unread';
  #error: KvError | undefined;
  #isOutdated = false;
  /** One load at a time; later ones wait for it. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(owner: ParentNode, host: LevelHost) {
    this.#owner = owner;
    this.#host = host;
    this.#keys = this.#newKeys();
  }

  get rows(): readonly RowNode[] {
    return this.#rows;
  }

  /** There are keys beyond those read. */
  get hasMore(): boolean {
    return this.#cursor !== undefined;
  }

  get isFull(): boolean {
    return this.#rows.length >= MOST_ROWS;
  }

  get isRead(): boolean {
    return this.#state !== 'unread';
  }

  get keysRead(): number {
    return this.#read;
  }

  get error(): KvError | undefined {
    return this.#error;
  }

  /** The rows are those of an earlier read: the last one failed. */
  get isOutdated(): boolean {
    return this.#isOutdated;
  }

  /** The row that shows a key, itself or the group that it lies in, if it was read. */
  rowOf(name: string): RowNode | undefined {
    const row = this.#keys.rowOf({ name });
    return row && this.#known.get(idOf(row.kind, row.kind === 'key' ? name : row.prefix));
  }

  /** Reads the first page unless that was done. */
  first(): Promise<void> {
    return this.#next(async () => {
      if (this.#state === 'unread') await this.#readPages({ pages: 1 });
    });
  }

  more(options: LoadOptions = {}): Promise<void> {
    return this.#next(async () => {
      if (this.hasMore && !this.isFull) await this.#readPages({ ...options, pages: 1 });
    });
  }

  /** Reads on to the end, or until the level is full. */
  all(options: LoadOptions = {}): Promise<void> {
    return this.#next(async () => {
      if (this.#state === 'unread' || this.hasMore)
        await this.#readPages({ ...options, pages: Number.POSITIVE_INFINITY });
    });
  }

  /** Reads again what had been read; rows that are still there stay the same objects. Loaded groups follow. */
  refresh(): Promise<void> {
    return this.#next(async () => {
      // Asked only now: a first read that is under way may miss the change that this is about.
      if (this.#state === 'unread') return;
      const pages = Math.max(1, Math.ceil(this.#read / MAX_PAGE));
      await this.#readPages({ pages, fromStart: true });
      if (this.#isOutdated) return;
      for (const row of this.#rows) if (row.kind === 'group') await row.level.refresh();
    });
  }

  /** Forgets everything: the next {@link first} reads anew. */
  reset(): void {
    this.#keys = this.#newKeys();
    this.#rows = [];
    this.#known.clear();
    this.#cursor = undefined;
    this.#read = 0;
    this.#state = 'unread';
    this.#error = undefined;
    this.#isOutdated = false;
  }

  /** Takes a row out without asking the store: its key has expired. */
  remove(row: RowNode): void {
    this.#rows = this.#rows.filter((other) => other !== row);
    this.#known.delete(idOf(row.kind, row.kind === 'key' ? row.key : row.prefix));
  }

  #newKeys(): KeyLevel {
    return new KeyLevel(prefixOf(this.#owner), this.#host.delimiters(), { group: this.#owner.kind === 'group' });
  }

  #next(work: () => Promise<void>): Promise<void> {
    const run = this.#queue.then(work);
    this.#queue = run.catch(() => {});
    return run;
  }

  async #readPages({
    pages,
    fromStart,
    signal,
    report,
  }: LoadOptions & { pages: number; fromStart?: boolean }): Promise<void> {
    const before = this.#rows.length;
    const rows: RowNode[] = fromStart ? [] : this.#rows;
    let cursor = fromStart ? undefined : this.#cursor;
    let read = fromStart ? 0 : this.#read;
    const known = fromStart ? new Map<string, RowNode>() : this.#known;
    const level = fromStart ? this.#newKeys() : this.#keys;
    try {
      const store = await this.#host.store(this.#owner);
      const prefix = prefixOf(this.#owner);
      for (let page = 0, silent = 0; page < pages && rows.length < MOST_ROWS; page++) {
        signal?.throwIfAborted();
        const { keys, cursor: next } = await store.list(
          { ...(prefix !== '' && { prefix }), ...(cursor !== undefined && { cursor }) },
          signal,
        );
        for (const row of level.add(keys)) {
          const node = this.#nodeOf(row);
          rows.push(node);
          known.set(idOf(row.kind, row.kind === 'key' ? row.info.name : row.prefix), node);
        }
        read += keys.length;
        cursor = next;
        report?.(read);
        if (cursor === undefined) break;
        const shownSomething = fromStart ? keys.length > 0 : rows.length > before;
        if (page + 1 >= pages && !shownSomething && silent++ < MOST_SILENT_PAGES) pages++;
      }
      this.#error = undefined;
      this.#isOutdated = false;
      this.#state = 'read';
    } catch (error) {
      if (signal?.aborted || isKvError(error, 'cancelled')) {
        this.#state = this.#rows.length > 0 ? 'read' : this.#state;
      } else {
        this.#error = isKvError(error)
          ? error
          : new KvError('server', error instanceof Error ? error.message : String(error), { cause: error });
        this.#state = 'failed';
      }
      // What was read before is more than a part of it.
      if (fromStart && this.#rows.length > 0) {
        this.#isOutdated = this.#error !== undefined;
        return;
      }
    }
    this.#keys = level;
    this.#rows = rows;
    this.#known = known;
    this.#cursor = cursor;
    this.#read = read;
  }

  #nodeOf(row: KeyRow): RowNode {
    if (row.kind === 'group') {
      const known = this.#known.get(idOf('group', row.prefix));
      return known ?? new GroupNode(this.#owner, row.prefix, row.label, (group) => new Level(group, this.#host));
    }
    const known = this.#known.get(idOf('key', row.info.name));
    if (known?.kind !== 'key') return new KeyNode(this.#owner, row.info, row.label);
    known.update(row.info);
    return known;
  }
}

const idOf = (kind: 'group' | 'key', name: string): string => `${kind}\n${name}`;
