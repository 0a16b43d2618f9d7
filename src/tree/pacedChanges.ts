import type { RegistryChange } from '../core/store/sourceRegistry.ts';

/** How long changes are gathered before rows are read again, in milliseconds. */
const GATHER_MS = 60;
/** Reading rows again because of other writers takes at most this share of the time. */
const SHARE = 1 / 100;
/** The longest pause after a read, in milliseconds, however long the read took. */
const LONGEST_MS = 10_000;

export interface PacedChangesHost {
  /** Brings the rows up to date. Never called twice at the same time. */
  apply(changes: readonly RegistryChange[]): Promise<void>;
  report(error: unknown): void;
}

/**
 * Gathers changes and applies them together. Applies a single change, and whatever was written in this window, right
 * away. While others keep writing, the longer a listing takes to read, the less often it is read again.
 */
export class PacedChanges {
  readonly #host: PacedChangesHost;
  #pending: RegistryChange[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer runs, in monotonic milliseconds. */
  #runsAt = Number.POSITIVE_INFINITY;
  #applying: Promise<void> | undefined;
  /** Changes by others wait until then, in monotonic milliseconds. */
  #notBefore = 0;
  #isDisposed = false;

  constructor(host: PacedChangesHost) {
    this.#host = host;
  }

  add(change: RegistryChange): void {
    this.#pending.push(change);
    if (!this.#applying) this.#schedule();
  }

  /** Applies the gathered changes now, after those being applied. */
  async applyNow(): Promise<void> {
    while (this.#applying) await this.#applying;
    clearTimeout(this.#timer);
    await this.#run();
  }

  /** Drops changes that were handled elsewhere. */
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

/**
 * Whether somebody else changed keys of a namespace. All other changes follow an action in this window and are shown at
 * once.
 */
const isByOthers = ({ namespace, keys, wrote }: RegistryChange): boolean =>
  namespace !== undefined && keys === undefined && wrote === undefined;
