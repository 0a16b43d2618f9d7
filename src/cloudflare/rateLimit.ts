/** The rate limit that the server reports with an answer. */
export interface RateLimit {
  /** Requests left until the limit is reset. */
  readonly remaining: number;
  /** How many of them are reserved for interactive requests. */
  readonly reserve: number;
  readonly resetMs: number;
}

/** The fraction of the quota that background work leaves to other requests. */
const RESERVED_PART = 1 / 6;
const RESERVE_WITHOUT_QUOTA = 10;

/** `Ratelimit: "default";r=50;t=30` and `Ratelimit-Policy: "burst";q=100;w=60` (Cloudflare API, "Rate limits"). */
export function parseRateLimit(headers: Headers): RateLimit | undefined {
  const now = headers.get('ratelimit') ?? '';
  const remaining = parameter(now, 'r');
  const reset = parameter(now, 't');
  if (remaining === undefined || reset === undefined) return undefined;
  const quota = parameter(headers.get('ratelimit-policy') ?? '', 'q');
  const reserve = quota === undefined ? RESERVE_WITHOUT_QUOTA : Math.floor(quota * RESERVED_PART);
  return { remaining, reserve, resetMs: reset * 1000 };
}

function parameter(field: string, name: 'r' | 't' | 'q'): number | undefined {
  const digits = new RegExp(`;\\s*${name}=(\\d+)`).exec(field)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
