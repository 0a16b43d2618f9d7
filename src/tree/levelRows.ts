import type { KvKeyInfo } from '../core/entry/entry.ts';
import type { KeyLevel, KeyRow } from '../core/keys/keyTree.ts';
import { compareUtf8 } from '../core/keys/utf8Order.ts';
import type { KvPage } from '../core/store/store.ts';
import type { RowNode } from './nodes.ts';

/** The rows of one level that were read so far, in byte order, and how far they reach. */
export class LevelRows {
  readonly #keys: KeyLevel;
  readonly #known = new Map<string, RowNode>();
  #rows: RowNode[] = [];
  #cursor: string | undefined;
  #readTo: string | undefined;
  #read = 0;

  constructor(keys: KeyLevel) {
    this.#keys = keys;
  }

  get rows(): readonly RowNode[] {
    return this.#rows;
  }

  /** Where the next page begins; `undefined` if there is none. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** The last key of the page before the cursor. Unknown if that page had no keys. */
  get readTo(): string | undefined {
    return this.#readTo;
  }

  /** How many keys were read. */
  get read(): number {
    return this.#read;
  }

  /** The row that shows a key: its own, or that of its group. */
  rowOf(name: string): RowNode | undefined {
    const row = this.#keys.rowOf({ name });
    return row && this.known(row);
  }

  known(row: KeyRow): RowNode | undefined {
    return this.#known.get(idOfName(row.kind, row.kind === 'key' ? row.info.name : row.prefix));
  }

  /** Adds the next page of the listing. Returns how many rows it adds at the end. */
  add({ keys, cursor }: KvPage, readTo: string | undefined, nodeOf: (row: KeyRow) => RowNode): number {
    const added = this.#keys.add(keys).map(nodeOf);
    for (const node of added) {
      this.#rows.push(node);
      this.#known.set(idOf(node), node);
    }
    this.#read += keys.length;
    this.#cursor = cursor;
    this.#readTo = readTo;
    return added.length;
  }

  /** Inserts a key that no page brought. Returns false if a group already shows it. */
  insert(info: KvKeyInfo, at: number, nodeOf: (row: KeyRow) => RowNode): boolean {
    const [row] = this.#keys.add([info]);
    if (row === undefined) return false;
    const node = nodeOf(row);
    this.#rows = this.#rows.toSpliced(at, 0, node);
    this.#known.set(idOf(node), node);
    this.#read++;
    return true;
  }

  /** Takes one pass. */
  remove(gone: ReadonlySet<RowNode>): void {
    this.#rows = this.#rows.filter((row) => {
      if (!gone.has(row)) return true;
      this.#known.delete(idOf(row));
      if (row.kind === 'group') this.#keys.forget(row.prefix);
      else this.#read--;
      return false;
    });
  }

  /** How many rows sort before this key, which has no row. */
  placeOf(key: string): number {
    let [low, high] = [0, this.#rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = this.#rows[middle];
      if (row !== undefined && compareUtf8(nameOf(row), key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const nameOf = (row: RowNode): string => (row.kind === 'key' ? row.key : row.prefix);

const idOf = (row: RowNode): string => idOfName(row.kind, nameOf(row));

const idOfName = (kind: 'group' | 'key', name: string): string => `${kind}\n${name}`;
