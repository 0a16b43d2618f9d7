import { NO_CREDENTIAL } from './codes.ts';

/** Why a request has no result. `detail` is for the log only: no token is in it, and no more than the start of a body. */
export type Failure =
  /** The API says no. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      /** Of every error in the answer, with those that led to them; empty when the answer is not the API's. */
      readonly codes: readonly number[];
      readonly retryAfterMs?: number;
      readonly detail: string;
    }
  /** No connection, or it broke after it was `connected`. */
  | { readonly kind: 'unreachable'; readonly connected: boolean; readonly detail: string }
  | { readonly kind: 'timeout'; readonly detail: string }
  | { readonly kind: 'redirected'; readonly detail: string }
  /** An answer, but not one to what was asked. */
  | { readonly kind: 'strange'; readonly detail: string }
  /** Not sent: whoever keeps the credential failed to give it. */
  | { readonly kind: 'noCredential'; readonly detail: string }
  /** Not sent: there have been too many requests already. */
  | { readonly kind: 'overBudget'; readonly retryAfterMs: number; readonly detail: string };

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
  failure.kind === 'refused' && (failure.status === 401 || hasCode(failure, ...NO_CREDENTIAL));

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
