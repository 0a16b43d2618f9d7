import { isKvError } from '../core/base/errors.ts';
import { type Disposable, Emitter } from '../core/base/event.ts';
import type { Timing } from '../core/base/timing.ts';

/** `offline`: the last request did not reach Cloudflare. `signedOut`: it did not accept the credential, or there is none. */
export type ConnectionState = 'ok' | 'offline' | 'signedOut';

const FIRST_PROBE_MS = 5000;
const LONGEST_PROBE_MS = 60_000;

/**
 * How an account can be reached, as its requests have shown. Offline it tries again by itself, at growing intervals,
 * until somebody has got through.
 */
export class Connection implements Disposable {
  readonly #probe: () => Promise<unknown>;
  readonly #timing: Timing;
  readonly #changed = new Emitter<ConnectionState>();
  readonly #gone = new AbortController();
  #state: ConnectionState = 'ok';
  #probing = false;
  readonly onDidChange = this.#changed.event;

  /** `probe` makes some cheap request, through {@link watch}. */
  constructor(probe: () => Promise<unknown>, timing: Timing) {
    this.#probe = probe;
    this.#timing = timing;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Learns from the outcome of some work. */
  async watch<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      this.#set('ok');
      return result;
    } catch (error) {
      this.failed(error);
      throw error;
    }
  }

  /** Learns from an error; one that came from the server means that it can be reached. */
  failed(error: unknown): void {
    if (isKvError(error, 'offline')) this.#set('offline');
    else if (isKvError(error, 'unauthenticated')) this.#set('signedOut');
    else if (isKvError(error) && !UNTOLD.has(error.kind)) this.#set('ok');
  }

  dispose(): void {
    this.#gone.abort();
    this.#changed.dispose();
  }

  #set(state: ConnectionState): void {
    if (this.#gone.signal.aborted) return;
    if (state === 'offline') void this.#recover();
    if (state === this.#state) return;
    this.#state = state;
    this.#changed.fire(state);
  }

  async #recover(): Promise<void> {
    if (this.#probing) return;
    this.#probing = true;
    try {
      for (let ms = FIRST_PROBE_MS; ; ms = Math.min(LONGEST_PROBE_MS, ms * 2)) {
        await this.#timing.sleep(ms, this.#gone.signal);
        if (this.#state !== 'offline') return;
        await this.#probe().catch(() => {});
      }
    } catch {
      // Disposed of.
    } finally {
      this.#probing = false;
    }
  }
}

/** Kinds that are made without asking the server. */
const UNTOLD: ReadonlySet<string> = new Set(['cancelled', 'invalidInput', 'tooLarge', 'busy', 'namespaceNotFound']);
