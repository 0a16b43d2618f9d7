import type { SourceChange } from '../core/store.ts';

/** For how long a key that we wrote is not pointed at as somebody else's, in milliseconds. */
const OURS_MS = 3000;

/** Knows what we wrote lately: through a dev server it looks like the work of somebody else. */
export class OwnWrites {
  readonly #at = new Map<string, number>();

  note(namespace: string, keys: readonly string[]): void {
    const now = Date.now();
    for (const [name, at] of this.#at) if (now - at > OURS_MS) this.#at.delete(name);
    for (const key of keys) this.#at.set(nameOf(namespace, key), now);
  }

  /** The change, without pointing at keys that are ours. */
  without({ written, ...change }: SourceChange): SourceChange {
    const { namespace } = change;
    if (namespace === undefined) return change;
    const others = written?.filter((key) => Date.now() - (this.#at.get(nameOf(namespace, key)) ?? 0) > OURS_MS);
    return others && others.length > 0 ? { ...change, written: others } : change;
  }
}

const nameOf = (namespace: string, key: string): string => `${namespace}\n${key}`;
