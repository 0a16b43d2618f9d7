import type { Timing } from '../core/base/timing.ts';
import type { Failure } from './failure.ts';

/** A refused token is not sent again for this long. Each further refusal doubles the time. */
const FIRST_TRIAL_MS = 10_000;
const LONGEST_TRIAL_MS = 60_000;
/**
 * After this many refusals of a token within a minute, it is not sent for the time being. Requests that were sent
 * concurrently count too.
 */
const MOST_IN_WINDOW = 6;
const WINDOW_MS = 60_000;

interface Refused {
  readonly failure: Failure;
  readonly pauseMs: number;
  /** From then on, one request may try the token again. */
  readonly trialAt: number;
}

/**
 * Tokens that a server has refused, shared by all accounts that use them. A refused token is not sent again for a
 * while, whichever account asks.
 */
export class RefusedTokens {
  readonly #timing: Timing;
  readonly #refused = new Map<string, Refused>();
  /** The times of the refusals of each token, within the window. */
  readonly #times = new Map<string, readonly number[]>();

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  /** The server has answered that it does not accept this token. */
  refused(token: string, failure: Failure): void {
    const now = this.#timing.now();
    this.#times.set(token, [...this.#recent(token), now]);
    // A trial has already lengthened the next pause, and of several concurrent requests only the first one counts.
    if (this.#refused.has(token)) return;
    this.#refused.set(token, { failure, pauseMs: FIRST_TRIAL_MS, trialAt: now + FIRST_TRIAL_MS });
  }

  /**
   * Why this token must not be sent now; `undefined` if it may be sent. In that case the next request has to wait
   * again.
   */
  verdict(token: string): Failure | undefined {
    const refused = this.#refused.get(token);
    if (refused === undefined) return undefined;
    const now = this.#timing.now();
    if (now < refused.trialAt || this.#recent(token).length >= MOST_IN_WINDOW) return refused.failure;
    const pauseMs = Math.min(LONGEST_TRIAL_MS, refused.pauseMs * 2);
    this.#refused.set(token, { ...refused, pauseMs, trialAt: now + pauseMs });
    return undefined;
  }

  accepted(token: string): void {
    this.#refused.delete(token);
    this.#times.delete(token);
  }

  /** The user asks for another try: tokens that were refused may be sent at once. */
  forget(): void {
    this.#refused.clear();
    this.#times.clear();
  }

  #recent(token: string): readonly number[] {
    const since = this.#timing.now() - WINDOW_MS;
    return (this.#times.get(token) ?? []).filter((at) => at > since);
  }
}
