import type { RegistryChange } from '../core/store/sourceRegistry.ts';

/** How long changes are gathered before rows are read again, in milliseconds. */
const GATHER_MS = 60;
/** Reading rows again for what others write takes at most this part of the time. */
const SHARE = 1 / 80;
/** However long reading takes, so long at most is waited for the next time, in milliseconds. */
const LONGEST_MS = 10_000;

export interface PacedChangesHost {
  /** Brings the rows up to date; never two at a time. */
  apply(changes: readonly RegistryChange[]): Promise<void>;
  report(error: unknown): void;
}

/**
 * Gathers changes and has them applied together. A single change is applied at once, and so is what was written here;
 * while somebody else writes without end, long listings are read again as seldom as their length asks for.
 */
export class PacedChanges {
  readonly #host: PacedChangesHost;
  #pending: RegistryChange[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Monotonic milliseconds. */
  #runsAt = Number.POSITIVE_INFINITY;
  #applying: Promise<void> | undefined;
  /** Monotonic milliseconds: before that, what others write waits. */
  #notBefore = 0;
  #isDisposed = false;

  constructor(host: PacedChangesHost) {
    this.#host = host;
  }

  add(change: RegistryChange): void {
    this.#pending.push(change);
    if (!this.#applying) this.#schedule();
  }

  /** Applies what has been gathered before its time, and what is being applied already to the end. */
  async applyNow(): Promise<void> {
    while (this.#applying) await this.#applying;
    clearTimeout(this.#timer);
    await this.#run();
  }

  /** Lets go of changes that were dealt with otherwise. */
  drop(isDone: (change: RegistryChange) => boolean): void {
    this.#pending = this.#pending.filter((change) => !isDone(change));
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isDisposed) return;
    const now = performance.now();
    const wait = this.#pending.every(isByOthers) ? this.#notBefore - now : 0;
    const at = now + Math.max(GATHER_MS, wait);
    if (at >= this.#runsAt) return;
    clearTimeout(this.#timer);
    this.#runsAt = at;
    this.#timer = setTimeout(() => void this.#run(), at - now);
  }

  async #run(): Promise<void> {
    this.#runsAt = Number.POSITIVE_INFINITY;
    const changes = this.#pending;
    this.#pending = [];
    if (changes.length === 0) return;
    this.#applying = this.#apply(changes);
    await this.#applying;
    this.#applying = undefined;
    if (this.#pending.length > 0) this.#schedule();
  }

  async #apply(changes: readonly RegistryChange[]): Promise<void> {
    const start = performance.now();
    try {
      await this.#host.apply(changes);
    } catch (error) {
      this.#host.report(error);
    }
    const end = performance.now();
    this.#notBefore = end + Math.min(LONGEST_MS, (end - start) / SHARE);
  }
}

/** Somebody else changed keys of a namespace. Anything else follows from an action in this window: it is shown at once. */
const isByOthers = ({ namespace, keys, wrote }: RegistryChange): boolean =>
  namespace !== undefined && keys === undefined && wrote === undefined;
