import { isKvError, KvError } from '../core/base/errors.ts';
import type { KvKeyInfo } from '../core/entry/entry.ts';
import { MAX_PAGE } from '../core/entry/limits.ts';
import { KeyLevel, type KeyRow } from '../core/keys/keyTree.ts';
import { compareUtf8 } from '../core/keys/utf8Order.ts';
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

/** What reading rows again brought. */
export interface Refreshed {
  /** Whose rows are others now, or in another order, or end otherwise. */
  readonly parents: readonly ParentNode[];
  /** Rows that are still there and read differently. */
  readonly rows: readonly KeyNode[];
}

const NOTHING: Refreshed = { parents: [], rows: [] };

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
  /** The last key of the page before the cursor; nobody knows which that would be where the page had none. */
  #readTo: string | undefined;
  #read = 0;
  #state: 'unread' | 'read' | 'failed' = 'unread';
  #error: KvError | undefined;
  #isOutdated = false;
  #isReading = false;
  /** One load at a time; later ones wait for it. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(owner: ParentNode, host: LevelHost) {
    this.#owner = owner;
    this.#host = host;
    this.#keys = this.#newKeys();
  }

  get owner(): ParentNode {
    return this.#owner;
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

  /** Reads again what had been read; rows that are still there stay the same objects. Loaded groups follow, if wanted. */
  refresh({ groups: isDeep = true }: { groups?: boolean } = {}): Promise<Refreshed> {
    return this.#next(async () => {
      // Asked only now: a first read that is under way may miss the change that this is about.
      if (this.#state === 'unread') return NOTHING;
      const pages = Math.max(1, Math.ceil(this.#read / MAX_PAGE));
      const before = this.#rows;
      const endBefore = this.#end();
      const changed = await this.#readPages({ pages, fromStart: true });
      const isSame =
        before.length === this.#rows.length &&
        before.every((row, index) => row === this.#rows[index]) &&
        endBefore === this.#end();
      const own: Refreshed = { parents: isSame ? [] : [this.#owner], rows: changed };
      if (this.#isOutdated || !isDeep) return own;
      const groups: Refreshed[] = [];
      for (const row of this.#rows) if (row.kind === 'group') groups.push(await row.level.refresh());
      return together([own, ...groups]);
    });
  }

  /** The level, this one or one of its groups, in which a key that was just written has or would have its row. */
  levelFor(key: string): Level | undefined {
    if (!key.startsWith(prefixOf(this.#owner))) return undefined;
    for (const row of this.#rows) {
      if (row.kind === 'group' && key.startsWith(row.prefix)) return row.level.levelFor(key);
    }
    return this;
  }

  /**
   * Shows a key that was just written, without asking the store; false where only that can tell what is to be shown. A
   * level that was not read shows it when it is.
   */
  insert(info: KvKeyInfo): boolean {
    if (this.#state === 'unread' && !this.#isReading) return true;
    if (this.#state !== 'read' || this.#isReading || this.isFull) return false;
    const at = this.#placeOf(info.name);
    if (this.hasMore) {
      // It comes with a later page. The last row is no measure: it may be older than the last page, or gone.
      if (this.#readTo !== undefined && compareUtf8(info.name, this.#readTo) > 0) return true;
      if (this.#readTo === undefined && at === this.#rows.length) return false;
    }
    const [row] = this.#keys.add([info]);
    if (row === undefined) return false;
    const node = this.#nodeOf(row);
    this.#rows = this.#rows.toSpliced(at, 0, node);
    this.#known.set(idOf(node.kind, nameOf(node)), node);
    this.#read++;
    return true;
  }

  /** How many rows sort before this key, which has none. */
  #placeOf(key: string): number {
    let [low, high] = [0, this.#rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = this.#rows[middle];
      if (row !== undefined && compareUtf8(nameOf(row), key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Forgets everything: the next {@link first} reads anew. */
  reset(): void {
    this.#keys = this.#newKeys();
    this.#rows = [];
    this.#known.clear();
    this.#cursor = undefined;
    this.#readTo = undefined;
    this.#read = 0;
    this.#state = 'unread';
    this.#error = undefined;
    this.#isOutdated = false;
  }

  /** Takes rows out without asking the store: their keys have expired, or we deleted them. All in one pass. */
  remove(rows: ReadonlySet<RowNode>): void {
    this.#rows = this.#rows.filter((row) => !rows.has(row));
    for (const row of rows) if (row.kind === 'group') this.#keys.forget(row.prefix);
    if (rows.size < this.#rows.length) for (const row of rows) this.#known.delete(idOf(row.kind, nameOf(row)));
    else this.#known = new Map(this.#rows.map((row) => [idOf(row.kind, nameOf(row)), row]));
  }

  /** What is said below the rows, as a text to compare. */
  #end(): string {
    return [this.hasMore, this.#isOutdated, this.#error?.message].join();
  }

  #newKeys(): KeyLevel {
    return new KeyLevel(prefixOf(this.#owner), this.#host.delimiters(), { group: this.#owner.kind === 'group' });
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(async () => {
      this.#isReading = true;
      try {
        return await work();
      } finally {
        this.#isReading = false;
      }
    });
    this.#queue = run.catch(() => {});
    return run;
  }

  /** Gives the rows known before that read differently now. */
  async #readPages({
    pages,
    fromStart,
    signal,
    report,
  }: LoadOptions & { pages: number; fromStart?: boolean }): Promise<readonly KeyNode[]> {
    const changed: KeyNode[] = [];
    const before = this.#rows.length;
    const rows: RowNode[] = fromStart ? [] : this.#rows;
    let cursor = fromStart ? undefined : this.#cursor;
    let readTo = fromStart ? undefined : this.#readTo;
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
          const node = this.#nodeOf(row, changed);
          rows.push(node);
          known.set(idOf(row.kind, row.kind === 'key' ? row.info.name : row.prefix), node);
        }
        read += keys.length;
        cursor = next;
        readTo = keys.at(-1)?.name;
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
        return changed;
      }
    }
    this.#keys = level;
    this.#rows = rows;
    this.#known = known;
    this.#cursor = cursor;
    this.#readTo = readTo;
    this.#read = read;
    return changed;
  }

  #nodeOf(row: KeyRow, changed: KeyNode[] = []): RowNode {
    if (row.kind === 'group') {
      const known = this.#known.get(idOf('group', row.prefix));
      return known ?? new GroupNode(this.#owner, row.prefix, row.label, (group) => new Level(group, this.#host));
    }
    const known = this.#known.get(idOf('key', row.info.name));
    if (known?.kind !== 'key') return new KeyNode(this.#owner, row.info, row.label);
    if (known.update(row.info)) changed.push(known);
    return known;
  }
}

/** Several of them as one. */
export const together = (all: readonly Refreshed[]): Refreshed => ({
  parents: all.flatMap(({ parents }) => parents),
  rows: all.flatMap(({ rows }) => rows),
});

const nameOf = (row: RowNode): string => (row.kind === 'key' ? row.key : row.prefix);

const idOf = (kind: 'group' | 'key', name: string): string => `${kind}\n${name}`;
