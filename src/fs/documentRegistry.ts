import type { Timing } from '../core/base/timing.ts';
import type { Holds } from './documentHolds.ts';

/**
 * Time between two looks for unused documents, in milliseconds. A document that nothing holds ends if it was not used
 * in between.
 */
const UNHELD_MS = 30_000;

/** One open document. */
export interface OpenDocument<S> {
  /** The part that survives a restart, as JSON; `undefined` if there is none. */
  readonly kept: S | undefined;
  /** Called when its text document was closed. */
  textClosed(): void;
}

/** Stores that part by key. `vscode.Memento` fits. */
export interface DocumentMemory {
  keys(): readonly string[];
  get<T>(key: string): T | undefined;
  /** `undefined` removes the key. */
  update(key: string, value: unknown): PromiseLike<void>;
}

export interface DocumentRegistryParts<S, D extends OpenDocument<S>> {
  /** The URI scheme of its documents. */
  readonly scheme: string;
  readonly memory: DocumentMemory;
  readonly holds: Holds;
  /** Creates the object of a document, which must call `onMove` whenever `kept` changes. */
  readonly make: (id: string, kept: S | undefined, onMove: () => void) => D;
  readonly timing: Pick<Timing, 'alarm'>;
}

interface Life<D> {
  readonly document: D;
  /** The number of uses in progress. */
  uses: number;
  /** Whether it was unused since the last look. */
  isIdle: boolean;
}

/**
 * The open documents of one scheme, one object each, by their URIs as text. The first request for a document creates
 * its object; closing its last tab and its text document ends it. If neither holds a document, it ends soon after its
 * last use. While a tab shows a document, its `kept` is stored for the next start.
 */
export class DocumentRegistry<S, D extends OpenDocument<S>> {
  readonly #parts: DocumentRegistryParts<S, D>;
  readonly #lives = new Map<string, Life<D>>();
  readonly #listener: { dispose(): void };
  #stopSweep: (() => void) | undefined;

  constructor(parts: DocumentRegistryParts<S, D>) {
    this.#parts = parts;
    this.#listener = parts.holds.onDidChange(({ shown = [], hidden = [], closed = [] }) => {
      for (const id of shown) this.#keep(id);
      for (const id of hidden) this.#release(id);
      for (const id of closed) {
        this.#lives.get(id)?.document.textClosed();
        this.#release(id);
      }
    });
  }

  /**
   * The object of a document that is open, or that was open when the window was closed. `undefined` for other schemes.
   */
  find(id: string): D | undefined {
    const life = this.#lives.get(id);
    if (life) return life.document;
    const isOurs = id.startsWith(`${this.#parts.scheme}:`);
    return isOurs && this.#stored(id) !== undefined ? this.obtain(id) : undefined;
  }

  /** The object of a document. Creates it if necessary. */
  obtain(id: string): D {
    return this.#life(id).document;
  }

  /** Creates the object of a new document with this initial state. */
  add(id: string, kept: S): D {
    return this.#begin(id, kept).document;
  }

  /** Runs work with a document and keeps its object at least until the work has ended. */
  async use<T>(id: string, work: (document: D) => Promise<T>): Promise<T> {
    const life = this.#life(id);
    life.uses++;
    try {
      return await work(life.document);
    } finally {
      life.uses--;
      life.isIdle = false;
    }
  }

  /** The documents that a tab or a text document holds. */
  get held(): readonly D[] {
    return [...this.#lives].filter(([id]) => this.#isHeld(id)).map(([, { document }]) => document);
  }

  /** The ids of all current objects. */
  get ids(): readonly string[] {
    return [...this.#lives.keys()];
  }

  /** Ends these documents and removes what is stored about them. */
  forget(isGone: (id: string, kept: S | undefined) => boolean): void {
    for (const [id, { document }] of [...this.#lives]) if (isGone(id, document.kept)) this.#end(id);
    for (const id of this.#storedIds()) if (isGone(id, this.#stored(id))) this.#store(id, undefined);
  }

  /** Removes what is stored about documents that were not reopened after a start. */
  forgetClosed(): void {
    this.forget((id) => !this.#isHeld(id) && this.#lives.get(id) === undefined);
  }

  dispose(): void {
    this.#listener.dispose();
    this.#stopSweep?.();
  }

  #life(id: string): Life<D> {
    const life = this.#lives.get(id) ?? this.#begin(id, this.#stored(id));
    life.isIdle = false;
    return life;
  }

  #begin(id: string, kept: S | undefined): Life<D> {
    const document = this.#parts.make(id, kept, () => this.#keep(id));
    const life = { document, uses: 0, isIdle: false };
    this.#lives.set(id, life);
    this.#keep(id);
    if (!this.#isHeld(id)) this.#sweepLater();
    return life;
  }

  #isHeld(id: string): boolean {
    return this.#parts.holds.isShown(id) || this.#parts.holds.isText(id);
  }

  #release(id: string): void {
    const life = this.#lives.get(id);
    if (!this.#parts.holds.isShown(id)) this.#store(id, undefined);
    if (!life || this.#isHeld(id)) return;
    if (life.uses === 0) this.#end(id);
    else this.#sweepLater();
  }

  #end(id: string): void {
    this.#lives.delete(id);
    this.#store(id, undefined);
  }

  #sweepLater(): void {
    this.#stopSweep ??= this.#parts.timing.alarm(UNHELD_MS, () => {
      this.#stopSweep = undefined;
      this.#sweep();
    });
  }

  #sweep(): void {
    let isAnyLeft = false;
    for (const [id, life] of [...this.#lives]) {
      if (this.#isHeld(id)) continue;
      if (life.isIdle && life.uses === 0) {
        this.#end(id);
        continue;
      }
      life.isIdle = true;
      isAnyLeft = true;
    }
    if (isAnyLeft) this.#sweepLater();
  }

  /** Stored immediately, because a window that reloads gives no notice. */
  #keep(id: string): void {
    const kept = this.#lives.get(id)?.document.kept;
    if (kept !== undefined && this.#parts.holds.isShown(id)) this.#store(id, kept);
  }

  #stored(id: string): S | undefined {
    return this.#parts.memory.get<S>(PREFIX + id);
  }

  #store(id: string, kept: S | undefined): void {
    if (kept === undefined && this.#stored(id) === undefined) return;
    void this.#parts.memory.update(PREFIX + id, kept);
  }

  #storedIds(): readonly string[] {
    const prefix = `${PREFIX}${this.#parts.scheme}:`;
    return this.#parts.memory.keys().flatMap((key) => (key.startsWith(prefix) ? key.slice(PREFIX.length) : []));
  }
}

const PREFIX = 'document ';
