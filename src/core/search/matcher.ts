import type { Disposable } from '../base/event.ts';
import type { Cut, Hit } from './hits.ts';
import type { SearchedText } from './searchProtocol.ts';

/** The hits in a text; `undefined` if matching was aborted because the expression takes too long on it. */
export type Result = readonly Hit[] | undefined;

/** Matches one pattern for the duration of one search. Its owner disposes it. */
export interface Matcher extends Disposable {
  /** Whether too many texts were given up to continue. Then {@link find} resolves to fewer results than texts. */
  readonly hasGivenUp: boolean;
  /**
   * One result per text, each with at most one hit more than `MOST_MATCHES` in all. Rejects with `cancelled` at once.
   */
  find(texts: readonly SearchedText[], cut: Cut, signal?: AbortSignal): Promise<readonly Result[]>;
}
