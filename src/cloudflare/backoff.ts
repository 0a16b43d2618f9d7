import { DAILY_LIMIT, KEY_TOO_OFTEN, TOO_OFTEN } from './codes.ts';
import { type Failure, hasCode } from './failure.ts';

/** How often a request is sent at most. */
const ATTEMPTS = 5;
const FIRST_MS = 500;
const LONGEST_MS = 8000;
/** `Retry-After` has no bound: nobody is kept waiting for longer because of somebody else's request. */
const LONGEST_PAUSE_MS = 60_000;
/**
 * Nor is a request sent again later than this, which is how long the API refuses all (Cloudflare API, "Rate limits").
 */
const LONGEST_RETRY_AFTER_MS = 300_000;

/** Whether the server wants us to slow down, whatever the status. */
export const isRateLimited = (failure: Failure): boolean =>
  !hasCode(failure, DAILY_LIMIT) &&
  ((failure.kind === 'refused' && failure.status === 429) || hasCode(failure, ...TOO_OFTEN));

/** How long everybody should pause after this failure; one key written too often concerns nobody else. */
export function pauseFor(failure: Failure): number {
  if (!isRateLimited(failure) || hasCode(failure, KEY_TOO_OFTEN) || failure.kind !== 'refused') return 0;
  return Math.min(failure.retryAfterMs ?? 0, LONGEST_PAUSE_MS);
}

/**
 * Milliseconds to wait before the request is sent again; `undefined` when it should not be. `attempt` counts from 1,
 * `random` is 0 to 1.
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
      // Each of them has taken its time already.
      return attempt === 1;
    case 'redirected':
    case 'strange':
    case 'noCredential':
    case 'overBudget':
      return false;
  }
}
