import { type Disposable, Emitter } from '../base/event.ts';
import type { Memento } from '../base/memento.ts';
import { type NamespaceRef, sameNamespace } from './namespaceRef.ts';

/** A namespace pinned to the top of its source, or a prefix whose keys are pinned to the top of their namespace. */
export interface Pin extends NamespaceRef {
  /** Absent if the namespace itself is pinned. */
  readonly prefix?: string;
}

const KEY = 'pins';

/** The pinned namespaces and prefixes, kept across restarts. */
export class Pins implements Disposable {
  readonly #memento: Memento;
  readonly #changed = new Emitter<Pin>();
  readonly onDidChange = this.#changed.event;

  constructor(memento: Memento) {
    this.#memento = memento;
  }

  has(what: Pin): boolean {
    return this.#pins.some((pin) => same(pin, what));
  }

  /** The pinned prefixes of a namespace, in the order they were pinned. */
  prefixesOf(namespace: NamespaceRef): readonly string[] {
    return this.#pins.flatMap((pin) => (sameNamespace(pin, namespace) ? (pin.prefix ?? []) : []));
  }

  /** Resolves when the pin is stored. */
  async set({ source, id, prefix }: Pin, pinned: boolean): Promise<void> {
    const what = { source, id, ...(prefix !== undefined && { prefix }) };
    if (this.has(what) === pinned) return;
    await this.#keep(pinned ? [...this.#pins, what] : this.#pins.filter((pin) => !same(pin, what)));
    this.#changed.fire(what);
  }

  /** Forgets every pin in these sources. Resolves when that is stored. */
  async forget(isGone: (source: string) => boolean): Promise<void> {
    const pins = this.#pins;
    const gone = pins.filter(({ source }) => isGone(source));
    if (gone.length === 0) return;
    await this.#keep(pins.filter((pin) => !gone.includes(pin)));
    for (const what of gone) this.#changed.fire(what);
  }

  /** Read each time, because another window may have changed it. */
  get #pins(): readonly Pin[] {
    return this.#memento.get<readonly Pin[]>(KEY) ?? [];
  }

  #keep(pins: readonly Pin[]): PromiseLike<void> {
    return this.#memento.update(KEY, pins);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

const same = (a: Pin, b: Pin): boolean => sameNamespace(a, b) && a.prefix === b.prefix;
