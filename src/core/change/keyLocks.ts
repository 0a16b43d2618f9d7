import { throwIfCancelled, untilCancelled } from '../base/cancel.ts';
import { type NamespaceRef, namespaceKey } from '../store/namespaceRef.ts';

/** How long a change of a key is remembered, in milliseconds: longer than an earlier read may be used. */
const REMEMBERED_MS = 5000;

/** Releases the keys. `changed` tells whether a write of them was sent. */
export type Release = (changed: boolean) => void;

/**
 * Allows one change at a time for each key of a window. All keys of a change are taken together, in the order of the
 * calls, which excludes deadlocks.
 */
export class KeyLocks {
  readonly #last = new Map<string, Promise<void>>();
  /** When each key was last changed, oldest first. */
  readonly #changed = new Map<string, number>();

  /** Resolves when all keys are held. Rejects with `cancelled`, and then holds none. */
  async acquire(namespace: NamespaceRef, keys: readonly string[], signal?: AbortSignal): Promise<Release> {
    throwIfCancelled(signal);
    const names = [...new Set(keys)].map((key) => nameOf(namespace, key));
    const before = names.flatMap((name) => this.#last.get(name) ?? []);
    const { promise: over, resolve } = Promise.withResolvers<void>();
    // Later callers wait for this one, and thereby for those before it, even if it is cancelled.
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
   * Whether this window has, or may have, changed a key since a read began (by `performance.now`), so that the read
   * must not be used. True if that is longer ago than changes are remembered.
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
