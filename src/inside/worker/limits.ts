import type { Limit } from '../protocol.ts';

/** A limit of the account or the engine was hit: the page is given back, and the rest continues more slowly. */
export class LimitHit extends Error {
  readonly limit: Limit;
  constructor(limit: Limit, message: string) {
    super(message);
    this.limit = limit;
  }
}

/** The limit that an error reports; `undefined` for any other error. */
export function limitOf(error: unknown): Limit | undefined {
  if (error instanceof LimitHit) return error.limit;
  const text = textOf(error);
  if (/too many subrequests/i.test(text)) return 'subrequests';
  if (/\b429\b|too many requests|rate.?limit/i.test(text)) return 'throttled';
  if (/connection limit|too many (?:open |concurrent )?connections/i.test(text)) return 'connections';
  return undefined;
}

/** A Worker cannot handle what the key holds. */
export class Unfit extends Error {}

/** Whether a call was refused because of its content, so that another try would be refused as well. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof Unfit || /failed: 4(?!08|29)\d\d/i.test(textOf(error));

export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
