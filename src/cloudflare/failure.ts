import { NO_CREDENTIAL } from './codes.ts';

/**
 * Why a request has no result. `detail` is only for the log: it contains no token, and no more than the beginning of a
 * body.
 */
export type Failure =
  /** The API has refused the request. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      /**
       * The codes of all errors in the answer, including those in their chains; empty if the answer does not come from
       * the API.
       */
      readonly codes: readonly number[];
      readonly retryAfterMs?: number;
      /** The answer is a page for people: something on the way, or Cloudflare's own firewall, blocks the request. */
      readonly page?: BlockPage;
      /** The token is valid, but not from this IP address. */
      readonly isElsewhere?: boolean;
      /** The name of the account. */
      readonly account?: string;
      readonly detail: string;
    }
  /** There was no connection, or it was lost after it was established (`connected`). */
  | { readonly kind: 'unreachable'; readonly connected: boolean; readonly obstacle?: Obstacle; readonly detail: string }
  | { readonly kind: 'timeout'; readonly detail: string }
  | { readonly kind: 'redirected'; readonly detail: string }
  /** There was an answer, but not to what was asked. */
  | { readonly kind: 'strange'; readonly detail: string }
  /** Not sent, because the credential could not be obtained. */
  | { readonly kind: 'noCredential'; readonly detail: string }
  /** Not sent, because there have been too many requests. */
  | { readonly kind: 'overBudget'; readonly retryAfterMs: number; readonly detail: string };

/** What is known about a page that came instead of an answer. */
export interface BlockPage {
  /** The id by which Cloudflare's support or the owner of the firewall can find the request. */
  readonly rayId?: string;
}

/**
 * Why there is no connection: a certificate that this machine does not trust, one that is not valid at the time of this
 * machine's clock, a proxy, a proxy that requires credentials, or an unknown host name.
 */
export type Obstacle = 'certificate' | 'clock' | 'proxy' | 'proxyCredentials' | 'name';

/** Whether the request was blocked before it reached the API, because of its content or path. */
export const isBlocked = (error: unknown): boolean =>
  error instanceof FailedRequest &&
  error.failure.kind === 'refused' &&
  error.failure.page !== undefined &&
  (error.failure.status === 403 || error.failure.status === 400 || error.failure.status === 406);

/** A request without a result. Becomes a KvError once it is known what the request was for. */
export class FailedRequest extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.detail);
    this.failure = failure;
  }
}

/** Whether the operation may have been carried out although no answer confirms it. */
export function maybeDone(failure: Failure): boolean {
  switch (failure.kind) {
    case 'refused':
      return failure.status >= 500;
    case 'unreachable':
      return failure.connected;
    case 'timeout':
    case 'strange':
      return true;
    case 'redirected':
    case 'noCredential':
    case 'overBudget':
      return false;
  }
}

/** Whether the answer has one of these codes (`x-error-codes` in the API description). */
export const hasCode = (failure: Failure, ...codes: readonly number[]): boolean =>
  failure.kind === 'refused' && codes.some((code) => failure.codes.includes(code));

/** The credential is not valid (any more), or there was none. */
export const isNotAccepted = (failure: Failure): boolean =>
  failure.kind === 'refused' &&
  failure.page === undefined &&
  (failure.status === 401 || hasCode(failure, ...NO_CREDENTIAL));

/** The credential is valid, but does not allow this. */
export const isForbidden = (failure: Failure): boolean =>
  failure.kind === 'refused' && failure.status === 403 && failure.codes.length > 0 && !failure.isElsewhere;

const LONGEST_DETAIL = 300;

/** A short line for the log, without the token or anything that looks like a credential. */
export function redacted(text: string, token: string | undefined): string {
  const clean = token === undefined || token === '' ? text : text.replaceAll(token, '[token]');
  const line = clean
    .replace(/\bbearer\s+\S+/gi, 'Bearer [token]')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > LONGEST_DETAIL ? `${line.slice(0, LONGEST_DETAIL)}…` : line;
}
