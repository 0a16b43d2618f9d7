import { DAILY_LIMIT, KEY_TOO_OFTEN, TOO_OFTEN } from './codes.ts';
import { type Failure, hasCode } from './failure.ts';

/** The most times a request is sent. */
const ATTEMPTS = 5;
const FIRST_MS = 500;
const LONGEST_MS = 8000;
/** `Retry-After` can be arbitrarily long. Requests of others pause no longer than this. */
const LONGEST_PAUSE_MS = 60_000;
/**
 * If a request would have to wait longer than this, it is not sent again. It is how long the API blocks all requests
 * (Cloudflare API, "Rate limits").
 */
const LONGEST_RETRY_AFTER_MS = 300_000;

/** Whether the server asks to slow down, whatever the status. */
export const isRateLimited = (failure: Failure): boolean =>
  !hasCode(failure, DAILY_LIMIT) &&
  ((failure.kind === 'refused' && failure.status === 429) || hasCode(failure, ...TOO_OFTEN));

/**
 * How long all requests should pause after this failure. A single key that was written too often concerns no other
 * requests.
 */
export function pauseFor(failure: Failure): number {
  if (!isRateLimited(failure) || hasCode(failure, KEY_TOO_OFTEN) || failure.kind !== 'refused') return 0;
  return Math.min(failure.retryAfterMs ?? 0, LONGEST_PAUSE_MS);
}

/**
 * Milliseconds to wait before the request is sent again; `undefined` if it should not be. `attempt` counts from 1,
 * `random` is between 0 and 1.
 */
export function delayBefore(failure: Failure, attempt: number, random: number): number | undefined {
  if (attempt >= ATTEMPTS || !isWorthRepeating(failure, attempt)) return undefined;
  if (failure.kind === 'refused' && failure.retryAfterMs !== undefined) {
    return Math.min(failure.retryAfterMs, LONGEST_RETRY_AFTER_MS) + random * FIRST_MS;
  }
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return longest / 2 + (random * longest) / 2;
}

function isWorthRepeating(failure: Failure, attempt: number): boolean {
  if (isRateLimited(failure)) return true;
  switch (failure.kind) {
    case 'refused':
      return failure.status >= 500 || failure.status === 408;
    case 'unreachable':
      return true;
    case 'timeout':
      // Each attempt has already taken a long time.
      return attempt === 1;
    case 'redirected':
    case 'strange':
    case 'noCredential':
    case 'overBudget':
      return false;
  }
}
