import { throwIfCancelled, untilCancelled } from '../base/cancel.ts';
import { type NamespaceRef, namespaceKey } from '../store/namespaceRef.ts';

/** For so long it is remembered that a key was changed, in milliseconds: longer than any read made before may count. */
const REMEMBERED_MS = 5000;

/** Ends holding the keys; `changed` tells that a write of them was sent. */
export type Release = (changed: boolean) => void;

/**
 * One change at a time for each key of a window. Keys are taken all at once, in the order of asking, so that nobody
 * waits for somebody who waits for them.
 */
export class KeyLocks {
  readonly #last = new Map<string, Promise<void>>();
  /** When keys were changed last, oldest first. */
  readonly #changed = new Map<string, number>();

  /** Resolves when all keys are held. Rejects with `cancelled`, and then holds none. */
  async acquire(namespace: NamespaceRef, keys: readonly string[], signal?: AbortSignal): Promise<Release> {
    throwIfCancelled(signal);
    const names = [...new Set(keys)].map((key) => nameOf(namespace, key));
    const before = names.flatMap((name) => this.#last.get(name) ?? []);
    const { promise: over, resolve } = Promise.withResolvers<void>();
    // Whoever asks later waits for this one, and by it for those before, be it cancelled or not.
    const ended = Promise.all([...new Set(before), over]).then(() => {
      for (const name of names) if (this.#last.get(name) === ended) this.#last.delete(name);
    });
    for (const name of names) this.#last.set(name, ended);
    try {
      if (before.length > 0) await untilCancelled(Promise.all(before), signal);
    } catch (error) {
      resolve();
      throw error;
    }
    return (changed) => {
      if (changed) this.#remember(names);
      resolve();
    };
  }

  /**
   * Whether a key was, or may have been, changed here after this moment of `performance.now`, at which a read of it was
   * begun: then that read does not count. Of what is longer ago than is remembered, nobody knows.
   */
  isChangedSince(namespace: NamespaceRef, key: string, moment: number): boolean {
    if (performance.now() - moment > REMEMBERED_MS) return true;
    return (this.#changed.get(nameOf(namespace, key)) ?? Number.NEGATIVE_INFINITY) >= moment;
  }

  #remember(names: readonly string[]): void {
    const now = performance.now();
    for (const name of names) {
      this.#changed.delete(name);
      this.#changed.set(name, now);
    }
    for (const [name, at] of this.#changed) {
      if (now - at <= REMEMBERED_MS) return;
      this.#changed.delete(name);
    }
  }
}

const nameOf = (namespace: NamespaceRef, key: string): string => `${namespaceKey(namespace)}\n${key}`;
