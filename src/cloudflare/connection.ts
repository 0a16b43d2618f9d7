import { type Disposable, Emitter } from '../core/base/event.ts';
import type { Timing } from '../core/base/timing.ts';
import type { Failure } from './failure.ts';
import type { RefusedTokens } from './refusedTokens.ts';

/**
 * `offline`: the last request did not reach Cloudflare. `signedOut`: it did not accept the credential, or there is
 * none.
 */
export type ConnectionState = 'ok' | 'offline' | 'signedOut';

const FIRST_PROBE_MS = 5000;
const LONGEST_PROBE_MS = 60_000;
/**
 * How an account can be reached, as the answers to its requests have shown: nothing that is known without asking
 * counts. Offline it tries again by itself, at growing intervals, until an answer has come.
 */
export class Connection implements Disposable {
  readonly #probe: () => Promise<unknown>;
  readonly #refusedTokens: RefusedTokens;
  readonly #timing: Timing;
  readonly #changed = new Emitter<ConnectionState>();
  readonly #gone = new AbortController();
  #state: ConnectionState = 'ok';
  /** A token for which another one was asked, because it may not do something. */
  #forbidden: string | undefined;
  #probing = false;
  readonly onDidChange = this.#changed.event;

  /** `probe` sends some cheap request to the account; `refusedTokens` are those of its server. */
  constructor(probe: () => Promise<unknown>, refusedTokens: RefusedTokens, timing: Timing) {
    this.#probe = probe;
    this.#refusedTokens = refusedTokens;
    this.#timing = timing;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** An answer came, whatever it says, and this token was accepted. */
  answered(token: string): void {
    this.#refusedTokens.accepted(token);
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
    this.#refusedTokens.refused(token, failure);
  }

  /** Why this token is not to be sent now; `undefined` when it may be: then the next one has to wait again. */
  refusalOf(token: string): Failure | undefined {
    const failure = this.#refusedTokens.verdict(token);
    // It may have been sent for another account.
    if (failure) this.signedOut();
    return failure;
  }

  /** Whether another token is to be asked for in the place of one that may not do something: once for each. */
  mayAskInstead(token: string): boolean {
    const isNew = this.#forbidden !== token;
    this.#forbidden = token;
    return isNew;
  }

  /** Somebody asks for another try: what was refused may be sent at once. */
  retry(): void {
    this.#refusedTokens.forget();
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
