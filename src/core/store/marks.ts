import { type Disposable, Emitter } from '../base/event.ts';

/** A namespace, or the keys with a prefix in it. */
export interface Marked {
  readonly source: string;
  readonly id: string;
  /** Absent for the namespace itself. */
  readonly prefix?: string;
}

/** Where marks outlive a restart; `vscode.Memento` fits. */
export interface MarkMemory {
  get<T>(key: string): T | undefined;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** A set of namespaces or prefixes that is kept over restarts: the pinned ones, the read-only ones. */
export class Marks implements Disposable {
  readonly #memory: MarkMemory;
  readonly #key: string;
  readonly #changed = new Emitter<Marked>();
  readonly onDidChange = this.#changed.event;

  constructor(memory: MarkMemory, key: string) {
    this.#memory = memory;
    this.#key = key;
  }

  has(what: Marked): boolean {
    return this.#marked.some((one) => same(one, what));
  }

  /** The marked prefixes of a namespace, in the order in which they were marked. */
  prefixesOf({ source, id }: Marked): readonly string[] {
    return this.#marked.flatMap((one) => (one.source === source && one.id === id ? (one.prefix ?? []) : []));
  }

  /** Resolves when it is kept. */
  async set({ source, id, prefix }: Marked, marked: boolean): Promise<void> {
    const what = { source, id, ...(prefix !== undefined && { prefix }) };
    if (this.has(what) === marked) return;
    await this.#keep(marked ? [...this.#marked, what] : this.#marked.filter((one) => !same(one, what)));
    this.#changed.fire(what);
  }

  /** Forgets every mark in these sources. Resolves when that is kept. */
  async forget(isGone: (source: string) => boolean): Promise<void> {
    const marked = this.#marked;
    const gone = marked.filter(({ source }) => isGone(source));
    if (gone.length === 0) return;
    await this.#keep(marked.filter((one) => !gone.includes(one)));
    for (const what of gone) this.#changed.fire(what);
  }

  /** Asked for each time: another window may have changed it. */
  get #marked(): readonly Marked[] {
    return this.#memory.get<readonly Marked[]>(this.#key) ?? [];
  }

  #keep(marked: readonly Marked[]): PromiseLike<void> {
    return this.#memory.update(this.#key, marked);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

const same = (a: Marked, b: Marked): boolean => a.source === b.source && a.id === b.id && a.prefix === b.prefix;
