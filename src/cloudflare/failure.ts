import { NO_CREDENTIAL } from './codes.ts';

/**
 * Why a request has no result. `detail` is for the log only: no token is in it, and no more than the start of a body.
 */
export type Failure =
  /** The API says no. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      /** Of every error in the answer, with those that led to them; empty when the answer is not the API's. */
      readonly codes: readonly number[];
      readonly retryAfterMs?: number;
      /**
       * The answer is a page for people: somebody on the way, or Cloudflare's own firewall, does not let it through.
       */
      readonly page?: BlockPage;
      /** The token is good, but not from this address. */
      readonly isElsewhere?: boolean;
      /** The name of the account that was asked. */
      readonly account?: string;
      readonly detail: string;
    }
  /** No connection, or it broke after it was `connected`. */
  | { readonly kind: 'unreachable'; readonly connected: boolean; readonly obstacle?: Obstacle; readonly detail: string }
  | { readonly kind: 'timeout'; readonly detail: string }
  | { readonly kind: 'redirected'; readonly detail: string }
  /** An answer, but not one to what was asked. */
  | { readonly kind: 'strange'; readonly detail: string }
  /** Not sent: whoever keeps the credential failed to give it. */
  | { readonly kind: 'noCredential'; readonly detail: string }
  /** Not sent: there have been too many requests already. */
  | { readonly kind: 'overBudget'; readonly retryAfterMs: number; readonly detail: string };

/** What is known of a page in the place of an answer. */
export interface BlockPage {
  /** By which Cloudflare's support, or the owner of the firewall, finds the request. */
  readonly rayId?: string;
}

/**
 * What keeps a connection from being made: a certificate that this machine does not trust, one that is not valid at the
 * time that its clock shows, a proxy, one that wants to know first who asks, or a name that nobody knows.
 */
export type Obstacle = 'certificate' | 'clock' | 'proxy' | 'proxyCredentials' | 'name';

/** Whether the request was kept from the API because of what is in it or its path. */
export const isBlocked = (error: unknown): boolean =>
  error instanceof FailedRequest &&
  error.failure.kind === 'refused' &&
  error.failure.page !== undefined &&
  (error.failure.status === 403 || error.failure.status === 400 || error.failure.status === 406);

/** A request without a result; becomes a KvError where it is known what the request was for. */
export class FailedRequest extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.detail);
    this.failure = failure;
  }
}

/** Whether the work may have been done although there was no answer that says so. */
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

/** Whether the answer has one of these codes (`x-error-codes` of the API's description). */
export const hasCode = (failure: Failure, ...codes: readonly number[]): boolean =>
  failure.kind === 'refused' && codes.some((code) => failure.codes.includes(code));

/** The credential is no good (any more), or there was none. */
export const isNotAccepted = (failure: Failure): boolean =>
  failure.kind === 'refused' &&
  failure.page === undefined &&
  (failure.status === 401 || hasCode(failure, ...NO_CREDENTIAL));

/** The credential is good, and not for this. */
export const isForbidden = (failure: Failure): boolean =>
  failure.kind === 'refused' && failure.status === 403 && failure.codes.length > 0 && !failure.isElsewhere;

const LONGEST_DETAIL = 300;

/** One short line for the log, without the token or anything that looks like a credential. */
export function redacted(text: string, token: string | undefined): string {
  const clean = token === undefined || token === '' ? text : text.replaceAll(token, '[token]');
  const line = clean
    .replace(/\bbearer\s+\S+/gi, 'Bearer [token]')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > LONGEST_DETAIL ? `${line.slice(0, LONGEST_DETAIL)}…` : line;
}
