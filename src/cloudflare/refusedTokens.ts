import type { Timing } from '../core/base/timing.ts';
import type { Failure } from './failure.ts';

/** For so long a token that was refused is not sent again by itself; twice as long after each further refusal. */
const FIRST_TRIAL_MS = 10_000;
const LONGEST_TRIAL_MS = 60_000;
/** So many refusals of one token in a minute are enough, those included that were under way together. */
const MOST_IN_WINDOW = 6;
const WINDOW_MS = 60_000;

interface Refused {
  readonly failure: Failure;
  readonly pauseMs: number;
  /** From then on one request may try it again. */
  readonly trialAt: number;
}

/**
 * What a server has said of tokens that it does not accept: one verdict on each, for all accounts that it is for. A
 * token that was refused is not sent again before a while has passed, whoever asks.
 */
export class RefusedTokens {
  readonly #timing: Timing;
  readonly #refused = new Map<string, Refused>();
  /** When each was refused, within the window. */
  readonly #times = new Map<string, readonly number[]>();

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  /** The answer was that this token is not accepted. */
  refused(token: string, failure: Failure): void {
    const now = this.#timing.now();
    this.#times.set(token, [...this.#recent(token), now]);
    // A trial has made the next pause longer, and of several that were under way together only the first one counts.
    if (this.#refused.has(token)) return;
    this.#refused.set(token, { failure, pauseMs: FIRST_TRIAL_MS, trialAt: now + FIRST_TRIAL_MS });
  }

  /** Why this token is not to be sent now; `undefined` when it may be: then the next one has to wait again. */
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

  /** Somebody asks for another try: whatever was refused may be sent at once. */
  forget(): void {
    this.#refused.clear();
    this.#times.clear();
  }

  #recent(token: string): readonly number[] {
    const since = this.#timing.now() - WINDOW_MS;
    return (this.#times.get(token) ?? []).filter((at) => at > since);
  }
}
