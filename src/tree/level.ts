import { throwIfCancelled } from '../core/base/cancel.ts';
import { isKvError, KvError } from '../core/base/errors.ts';
import type { KvKeyInfo } from '../core/entry/entry.ts';
import { MAX_PAGE } from '../core/entry/limits.ts';
import { KeyLevel, type KeyRow } from '../core/keys/keyTree.ts';
import { compareUtf8 } from '../core/keys/utf8Order.ts';
import type { KvPage, KvReader, KvWrite } from '../core/store/store.ts';
import { LevelRows } from './levelRows.ts';
import { GroupNode, KeyNode, type ParentNode, prefixOf, type RowNode } from './nodes.ts';

/** The most rows of one level. For more keys, grouping or a filter serves better than a longer list. */
export const MOST_ROWS = 20_000;
/** So many more are shown of those that we write: one read again would be twenty pages, each time. */
const MOST_BEYOND = MAX_PAGE;
/** How many pages "Load More" reads at most when none of them adds a row (all keys belong to a group shown already). */
const MOST_SILENT_PAGES = 20;

export interface LevelHost {
  store(node: ParentNode): Promise<KvReader>;
  delimiters(): readonly string[];
}

/** What changed when rows were read again. */
export interface Refreshed {
  /** Parents whose rows came, went or moved, or whose end (the rows below the keys) changed. */
  readonly parents: readonly ParentNode[];
  /** Rows that are still there and whose text has changed. */
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
  #shown: LevelRows;
  /** The rows that the current read fills: the shown rows, or new ones that replace them when it ends. */
  #filling: LevelRows | undefined;
  /** What we wrote since the current read began. Its pages may be older. */
  readonly #written = new Map<string, KvWrite>();
  #state: 'unread' | 'read' | 'failed' = 'unread';
  #error: KvError | undefined;
  #isOutdated = false;
  #isReading = false;
  /** Loads run one at a time; later ones wait here. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(owner: ParentNode, host: LevelHost) {
    this.#owner = owner;
    this.#host = host;
    this.#shown = this.#newRows();
  }

  get owner(): ParentNode {
    return this.#owner;
  }

  get rows(): readonly RowNode[] {
    return this.#shown.rows;
  }

  /** Whether there are keys beyond those read. */
  get hasMore(): boolean {
    return this.#shown.cursor !== undefined;
  }

  get isFull(): boolean {
    return this.rows.length >= MOST_ROWS;
  }

  get isRead(): boolean {
    return this.#state !== 'unread';
  }

  get keysRead(): number {
    return this.#shown.read;
  }

  get error(): KvError | undefined {
    return this.#error;
  }

  /** Whether the rows are from an earlier read because the last one failed. */
  get isOutdated(): boolean {
    return this.#isOutdated;
  }

  /** The row that shows a key: its own, or that of its group. `undefined` if neither was read. */
  rowOf(name: string): RowNode | undefined {
    return this.#shown.rowOf(name);
  }

  /** Reads the first page, unless it has been read. */
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

  /** Reads to the end, or until the level is full. */
  all(options: LoadOptions = {}): Promise<void> {
    return this.#next(async () => {
      if (this.#state === 'unread' || this.hasMore)
        await this.#readPages({ ...options, pages: Number.POSITIVE_INFINITY });
    });
  }

  /**
   * Reads again what had been read. Rows that are still there stay the same objects. Also reads loaded groups again,
   * unless `groups` is false.
   */
  refresh({ groups: isDeep = true }: { groups?: boolean } = {}): Promise<Refreshed> {
    return this.#next(async () => {
      // Checked only now, in the queue: a first read that was under way may have missed the change that caused this
      // refresh.
      if (this.#state === 'unread') return NOTHING;
      const pages = Math.max(1, Math.ceil(this.keysRead / MAX_PAGE));
      const before = [...this.rows];
      const endBefore = this.#end();
      const changed = await this.#readPages({ pages, fromStart: true });
      const isSame =
        before.length === this.rows.length &&
        before.every((row, index) => row === this.rows[index]) &&
        endBefore === this.#end();
      const own: Refreshed = { parents: isSame ? [] : [this.#owner], rows: changed };
      if (this.#isOutdated || !isDeep) return own;
      const groups: Refreshed[] = [];
      for (const row of this.rows) if (row.kind === 'group') groups.push(await row.level.refresh());
      return together([own, ...groups]);
    });
  }

  /** The level that has, or would have, the row of a key that was just written: this one, or one of its groups. */
  levelFor(key: string): Level | undefined {
    if (!key.startsWith(prefixOf(this.#owner))) return undefined;
    for (const row of this.rows) {
      if (row.kind === 'group' && key.startsWith(row.prefix)) return row.level.levelFor(key);
    }
    return this;
  }

  /**
   * Shows a key that was just written, without asking the store. Returns false if only the store can tell what to show.
   * Returns true for a level that is not read yet: it will show the key once it is.
   */
  insert(info: KvKeyInfo): boolean {
    if (this.#state === 'unread' && !this.#isReading) return true;
    if (this.#state !== 'read' || this.#isReading) return false;
    const at = this.#shown.placeOf(info.name);
    if (this.hasMore) {
      const { readTo } = this.#shown;
      // A later page will bring the key. The last row does not tell where the pages end: it may be older than the last
      // page, or gone.
      if (readTo !== undefined && compareUtf8(info.name, readTo) > 0) return true;
      if (readTo === undefined && at === this.rows.length) return false;
    }
    if (this.rows.length >= MOST_ROWS + MOST_BEYOND) return false;
    return this.#shown.insert(info, at, (row) => this.#nodeOf(row));
  }

  /** Removes rows without asking the store: their keys have expired, or we deleted them. Takes one pass. */
  remove(rows: ReadonlySet<RowNode>): void {
    this.#shown.remove(rows);
    if (this.#filling !== this.#shown) this.#filling?.remove(rows);
  }

  /**
   * Makes current reads, here and in the groups, end with what we have just written, however old their pages are.
   * Returns the levels that need another read to get this right.
   */
  noteWritten(writes: ReadonlyMap<string, KvWrite>): readonly Level[] {
    const below = this.rows.flatMap((row) => (row.kind === 'group' ? row.level.noteWritten(writes) : []));
    const filling = this.#filling;
    if (!filling) return below;
    const gone = new Set<RowNode>();
    let isInDoubt = false;
    for (const [name, write] of writes) {
      this.#written.set(name, write);
      const row = write.isDeleted ? filling.rowOf(name) : undefined;
      if (row?.kind === 'key') gone.add(row);
      else if (row && !this.rowOf(name)) isInDoubt = true;
    }
    if (gone.size > 0) filling.remove(gone);
    return isInDoubt ? [...below, this] : below;
  }

  /** What is shown below the rows, as text for comparison. */
  #end(): string {
    return [this.hasMore, this.#isOutdated, this.#error?.message].join();
  }

  #newRows(): LevelRows {
    const isGroup = this.#owner.kind === 'group';
    return new LevelRows(new KeyLevel(prefixOf(this.#owner), this.#host.delimiters(), { group: isGroup }));
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

  /** Returns the rows that were already known and whose text has changed. */
  async #readPages({
    pages,
    fromStart,
    signal,
    report,
  }: LoadOptions & { pages: number; fromStart?: boolean }): Promise<readonly KeyNode[]> {
    const changed: KeyNode[] = [];
    const filling = fromStart ? this.#newRows() : this.#shown;
    this.#filling = filling;
    this.#written.clear();
    try {
      const store = await this.#host.store(this.#owner);
      const prefix = prefixOf(this.#owner);
      let hasShown = false;
      for (let page = 0, silent = 0; page < pages && filling.rows.length < MOST_ROWS; page++) {
        throwIfCancelled(signal);
        const { cursor } = filling;
        const listed = await store.list(
          { ...(prefix !== '' && { prefix }), ...(cursor !== undefined && { cursor }) },
          signal,
        );
        const added = filling.add(this.#asWritten(listed), listed.keys.at(-1)?.name, (row) =>
          this.#nodeOf(row, changed),
        );
        hasShown ||= fromStart ? listed.keys.length > 0 : added > 0;
        report?.(filling.read);
        if (listed.cursor === undefined) break;
        if (page + 1 >= pages && !hasShown && silent++ < MOST_SILENT_PAGES) pages++;
      }
      this.#error = undefined;
      this.#isOutdated = false;
      this.#state = 'read';
    } catch (error) {
      if (signal?.aborted || isKvError(error, 'cancelled')) {
        this.#state = this.rows.length > 0 ? 'read' : this.#state;
      } else {
        this.#error = isKvError(error)
          ? error
          : new KvError('server', error instanceof Error ? error.message : String(error), { cause: error });
        this.#state = 'failed';
      }
      // Earlier rows stay: they are more than the part that was read now.
      if (fromStart && this.rows.length > 0) {
        this.#isOutdated = this.#error !== undefined;
        return changed;
      }
    } finally {
      this.#filling = undefined;
    }
    this.#shown = filling;
    return changed;
  }

  /** The page, corrected by what we have written since it was asked for. */
  #asWritten({ keys, cursor }: KvPage): KvPage {
    const now = keys.flatMap((info) => {
      const write = this.#written.get(info.name);
      return write?.isDeleted ? [] : (write ?? info);
    });
    return { keys: now, ...(cursor !== undefined && { cursor }) };
  }

  #nodeOf(row: KeyRow, changed: KeyNode[] = []): RowNode {
    const known = this.#shown.known(row);
    if (row.kind === 'group') {
      return known ?? new GroupNode(this.#owner, row.prefix, row.label, (group) => new Level(group, this.#host));
    }
    if (known?.kind !== 'key') return new KeyNode(this.#owner, row.info, row.label);
    if (known.update(row.info)) changed.push(known);
    return known;
  }
}

/** Merges several results. */
export const together = (all: readonly Refreshed[]): Refreshed => ({
  parents: all.flatMap(({ parents }) => parents),
  rows: all.flatMap(({ rows }) => rows),
});
