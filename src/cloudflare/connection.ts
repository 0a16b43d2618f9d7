import { type Disposable, Emitter } from '../core/base/event.ts';
import type { Timing } from '../core/base/timing.ts';
import type { Failure } from './failure.ts';

/** `offline`: the last request did not reach Cloudflare. `signedOut`: it did not accept the credential, or there is none. */
export type ConnectionState = 'ok' | 'offline' | 'signedOut';

const FIRST_PROBE_MS = 5000;
const LONGEST_PROBE_MS = 60_000;
/** For so long a token that was refused is not sent again by itself; twice as long after each further refusal. */
const FIRST_TRIAL_MS = 10_000;
const LONGEST_TRIAL_MS = 60_000;

interface RefusedToken {
  readonly token: string;
  readonly failure: Failure;
  readonly pauseMs: number;
  /** From then on one request may try it again. */
  readonly trialAt: number;
}

/**
 * How an account can be reached, as the answers to its requests have shown: nothing that is known without asking counts.
 * Offline it tries again by itself, at growing intervals, until an answer has come. A credential that was refused is not
 * sent again before a while has passed, whoever asks.
 */
export class Connection implements Disposable {
  readonly #probe: () => Promise<unknown>;
  readonly #timing: Timing;
  readonly #changed = new Emitter<ConnectionState>();
  readonly #gone = new AbortController();
  #state: ConnectionState = 'ok';
  #refused: RefusedToken | undefined;
  /** A token for which another one was asked, because it may not do something. */
  #forbidden: string | undefined;
  #probing = false;
  readonly onDidChange = this.#changed.event;

  /** `probe` sends some cheap request to the account. */
  constructor(probe: () => Promise<unknown>, timing: Timing) {
    this.#probe = probe;
    this.#timing = timing;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** An answer came, whatever it says, and the credential was accepted. */
  answered(): void {
    this.#refused = undefined;
    this.#set('ok');
  }

  /** A request had no answer at its end. */
  unreachable(): void {
    this.#set('offline');
  }

  /** There is no credential, or none that is accepted. */
  signedOut(): void {
    this.#set('signedOut');
  }

  /** The answer was that this token is not accepted. */
  refused(token: string, failure: Failure): void {
    // A trial has made the next pause longer, and of several that were under way together only the first one counts.
    if (this.#refused?.token === token) return;
    const pauseMs = FIRST_TRIAL_MS;
    this.#refused = { token, failure, pauseMs, trialAt: this.#timing.now() + pauseMs };
  }

  /** Why this token is not to be sent now; `undefined` when it may be: then the next one has to wait again. */
  refusalOf(token: string): Failure | undefined {
    const refused = this.#refused;
    if (refused?.token !== token) return undefined;
    const now = this.#timing.now();
    if (now < refused.trialAt) return refused.failure;
    const pauseMs = Math.min(LONGEST_TRIAL_MS, refused.pauseMs * 2);
    this.#refused = { ...refused, pauseMs, trialAt: now + pauseMs };
    return undefined;
  }

  /** Whether another token is to be asked for in the place of one that may not do something: once for each. */
  mayAskInstead(token: string): boolean {
    const isNews = this.#forbidden !== token;
    this.#forbidden = token;
    return isNews;
  }

  /** Somebody asks for another try: what was refused may be sent at once. */
  retry(): void {
    this.#refused = undefined;
    this.#forbidden = undefined;
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
