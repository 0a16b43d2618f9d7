/** A bulk request of an account takes about so many seconds besides its bytes. */
const SECONDS_PER_REQUEST = 0.5;
/** What a usual line carries up, in bytes a second. */
const BYTES_PER_SECOND = 4_000_000;
/** The budget of an account's requests, see `requestBudget.ts`: what exceeds it waits. */
const REQUESTS_AT_ONCE = 1200;
const REQUESTS_PER_SECOND = 4;

/** About how many seconds bulk work on an account takes. A guess, to tell seconds from minutes before it starts. */
export function estimateSeconds(requests: number, bytes: number): number {
  const waiting = Math.max(0, requests - REQUESTS_AT_ONCE) / REQUESTS_PER_SECOND;
  return Math.max(waiting, requests * SECONDS_PER_REQUEST) + bytes / BYTES_PER_SECOND;
}
