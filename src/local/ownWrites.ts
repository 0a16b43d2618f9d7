import type { SourceChange } from '../core/store/store.ts';

/** For how long a key that we wrote is not highlighted as somebody else's change, in milliseconds. */
const OURS_MS = 3000;

interface Write {
  readonly at: number;
  readonly namespace: string;
  readonly keys: ReadonlySet<string>;
}

/** Remembers what we wrote lately, because a write through a dev server looks like somebody else's. */
export class OwnWrites {
  /** Oldest first. */
  readonly #writes: Write[] = [];

  note(namespace: string, keys: readonly string[]): void {
    this.#forget();
    this.#writes.push({ at: Date.now(), namespace, keys: new Set(keys) });
  }

  /** The change without the keys that we wrote ourselves. */
  without({ written, ...change }: SourceChange): SourceChange {
    if (change.namespace === undefined) return change;
    this.#forget();
    const ours = this.#writes.filter(({ namespace }) => namespace === change.namespace);
    const others = written?.filter((key) => !ours.some(({ keys }) => keys.has(key)));
    return others && others.length > 0 ? { ...change, written: others } : change;
  }

  #forget(): void {
    const now = Date.now();
    const young = this.#writes.findIndex(({ at }) => now - at <= OURS_MS);
    this.#writes.splice(0, young < 0 ? this.#writes.length : young);
  }
}
