import { untilCancelled } from '../core/base/cancel.ts';
import { realTiming, type Timing } from '../core/base/timing.ts';
import { FailedRequest } from './failure.ts';
import { parseRateLimit, type RateLimit } from './rateLimit.ts';

/** Someone is waiting for an `interactive` request; a `background` request gives way to it. */
export type Priority = 'interactive' | 'background';

/** Ends the turn. Only the first call counts. Pass `unused` if nothing was sent. */
export type EndRequest = (unused?: 'unused') => void;

/**
 * Requests in five minutes per user, for everything that the user does with the API (Cloudflare API, "Rate limits").
 */
const REQUESTS = 1200;
const WINDOW_MS = 300_000;
/** Requests reserved for interactive use. */
const RESERVE = 200;
const AT_ONCE = 6;
/** One slot is always free for interactive requests, however slow the others are. */
const BACKGROUND_AT_ONCE = 5;

interface Waiting {
  readonly priority: Priority;
  /** Called with the time at which the request starts. */
  readonly start: (at: number) => void;
}

/**
 * The limits that all requests of a user share: how many may start in five minutes, how many may run concurrently, and
 * which come first. Bursts are allowed until the budget is used up.
 */
export class Budget {
  readonly #timing: Timing;
  /** The start times of the requests in the window, oldest first. Those before `#first` are no longer in it. */
  #started: number[] = [];
  #first = 0;
  readonly #active: Record<Priority, number> = { interactive: 0, background: 0 };
  #pausedUntil = 0;
  /** The limit that the server reported last, reduced by each request since. */
  #limit: (RateLimit & { readonly resetAt: number }) | undefined;
  #waiting: Waiting[] = [];
  /** The earliest time at which the waiting requests are checked again, if that is scheduled. */
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(timing: Timing = realTiming) {
    this.#timing = timing;
  }

  /**
   * Resolves when a request may start, to a function that must be called when it has ended. Rejects with {@link
   * FailedRequest}: at once if the limits would delay the start beyond `patienceMs`, or after `patienceMs` if no slot
   * becomes free. Rejects with `cancelled` if the signal is aborted.
   */
  async acquire(priority: Priority, patienceMs: number, signal?: AbortSignal): Promise<EndRequest> {
    const delay = this.#delay(priority);
    if (delay > patienceMs) {
      throw new FailedRequest({ kind: 'overBudget', retryAfterMs: delay, detail: `${REQUESTS} requests in 5 minutes` });
    }
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const waiting: Waiting = { priority, start: resolve };
    this.#waiting.push(waiting);
    this.#startWaiting();
    const isWaiting = (): boolean => this.#waiting.includes(waiting);
    const giveUp = (): void => reject(new FailedRequest({ kind: 'timeout', detail: 'too many requests at once' }));
    const isBounded = isWaiting() && Number.isFinite(patienceMs);
    const turnOff = isBounded ? this.#timing.alarm(patienceMs, () => isWaiting() && giveUp()) : undefined;
    let startedAt: number;
    try {
      startedAt = await untilCancelled(promise, signal);
    } catch (error) {
      if (isWaiting()) this.#waiting = this.#waiting.filter((other) => other !== waiting);
      else this.#end(priority);
      throw error;
    } finally {
      turnOff?.();
    }
    let ended = false;
    return (unused) => {
      if (ended) return;
      ended = true;
      if (unused) this.#takeBack(startedAt);
      this.#end(priority);
    };
  }

  /** The server wants no requests for a while. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#timing.now() + ms);
  }

  /** Takes over the limits that the server reports. */
  observe(headers: Headers): void {
    const limit = parseRateLimit(headers);
    if (limit) this.#limit = { ...limit, resetAt: this.#timing.now() + limit.resetMs };
  }

  #end(priority: Priority): void {
    this.#active[priority]--;
    this.#startWaiting();
  }

  #startWaiting(): void {
    while (this.#active.interactive + this.#active.background < AT_ONCE) {
      const next = this.#waiting.find(({ priority }) => priority === 'interactive') ?? this.#waiting[0];
      if (next === undefined) return;
      if (next.priority === 'background' && this.#active.background >= BACKGROUND_AT_ONCE) return;
      const delay = this.#delay(next.priority);
      if (delay > 0) {
        this.#wake(delay);
        return;
      }
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#active[next.priority]++;
      const now = this.#timing.now();
      this.#started.push(now);
      if (this.#limit) this.#limit = { ...this.#limit, remaining: this.#limit.remaining - 1 };
      next.start(now);
    }
  }

  /** A turn in which nothing was sent does not count. */
  #takeBack(startedAt: number): void {
    const place = this.#started.lastIndexOf(startedAt);
    if (place >= this.#first) this.#started.splice(place, 1);
    if (this.#limit) this.#limit = { ...this.#limit, remaining: this.#limit.remaining + 1 };
  }

  /** Schedules a check, unless an earlier one is scheduled already. */
  #wake(ms: number): void {
    const at = this.#timing.now() + ms;
    if (at >= this.#wakesAt) return;
    this.#wakesAt = at;
    void this.#timing.sleep(ms).then(() => {
      if (at === this.#wakesAt) this.#wakesAt = Number.POSITIVE_INFINITY;
      this.#startWaiting();
    });
  }

  /** Milliseconds until the limits let a request of this priority start. */
  #delay(priority: Priority): number {
    const now = this.#timing.now();
    while ((this.#started[this.#first] ?? now) <= now - WINDOW_MS) this.#first++;
    if (this.#first > REQUESTS) {
      this.#started = this.#started.slice(this.#first);
      this.#first = 0;
    }
    const isBackground = priority === 'background';
    // The request that must leave the window to make room.
    const blocking = this.#started[this.#started.length - (REQUESTS - (isBackground ? RESERVE : 0))];
    const own = blocking === undefined || blocking <= now - WINDOW_MS ? 0 : blocking + WINDOW_MS - now;
    const { remaining, reserve, resetAt } = this.#limit ?? { remaining: 1, reserve: 0, resetAt: 0 };
    const limit = remaining > (isBackground ? reserve : 0) ? 0 : resetAt - now;
    return Math.max(0, own, limit, this.#pausedUntil - now);
  }
}
