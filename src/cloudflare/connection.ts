import { type Disposable, Emitter } from '../core/base/event.ts';
import type { Timing } from '../core/base/timing.ts';
import type { Failure } from './failure.ts';
import type { RefusedTokens } from './refusedTokens.ts';

/**
 * `offline`: the last request did not reach Cloudflare. `signedOut`: Cloudflare did not accept the credential, or there
 * is none.
 */
export type ConnectionState = 'ok' | 'offline' | 'signedOut';

const FIRST_PROBE_MS = 5000;
const LONGEST_PROBE_MS = 60_000;
/**
 * Whether an account can be reached, judged only by the answers to its requests. While offline, it tries again by
 * itself at growing intervals until there is an answer.
 */
export class Connection implements Disposable {
  readonly #probe: () => Promise<unknown>;
  readonly #refusedTokens: RefusedTokens;
  readonly #timing: Timing;
  readonly #changed = new Emitter<ConnectionState>();
  readonly #gone = new AbortController();
  #state: ConnectionState = 'ok';
  /** The token that lacked a permission when another one was last requested. */
  #forbidden: string | undefined;
  #probing = false;
  readonly onDidChange = this.#changed.event;

  /** `probe` sends a cheap request to the account. `refusedTokens` belongs to the account's server. */
  constructor(probe: () => Promise<unknown>, refusedTokens: RefusedTokens, timing: Timing) {
    this.#probe = probe;
    this.#refusedTokens = refusedTokens;
    this.#timing = timing;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Cloudflare has answered, whatever the answer, and has accepted this token. */
  answered(token: string): void {
    this.#refusedTokens.accepted(token);
    this.#set('ok');
  }

  /** A request has finally failed without an answer. */
  unreachable(): void {
    this.#set('offline');
  }

  /** There is no credential, or it is not accepted. */
  signedOut(): void {
    this.#set('signedOut');
  }

  /** Cloudflare has answered that it does not accept this token. */
  refused(token: string, failure: Failure): void {
    this.#refusedTokens.refused(token, failure);
  }

  /**
   * Why this token must not be sent now; `undefined` if it may be sent. In that case the next request has to wait
   * again.
   */
  refusalOf(token: string): Failure | undefined {
    const failure = this.#refusedTokens.verdict(token);
    // The token may have been refused for another account.
    if (failure) this.signedOut();
    return failure;
  }

  /** Whether to ask for another token because this one lacks a permission. True only once per token. */
  mayAskInstead(token: string): boolean {
    const isNew = this.#forbidden !== token;
    this.#forbidden = token;
    return isNew;
  }

  /** The user asks for another try: tokens that were refused may be sent at once. */
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
      // The connection was disposed.
    } finally {
      this.#probing = false;
    }
  }
}
