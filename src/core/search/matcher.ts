import type { Disposable } from '../base/event.ts';
import type { Cut, Hit } from './hits.ts';
import type { SearchedText } from './searchProtocol.ts';

/** The hits of a text; `undefined` when it was given up, because the expression takes too long on it. */
export type Result = readonly Hit[] | undefined;

/** Looks for one pattern, for as long as one search lasts; its owner disposes it. */
export interface Matcher extends Disposable {
  /** It has given up too many texts to go on: {@link find} resolves to fewer results than texts. */
  readonly hasGivenUp: boolean;
  /** One result for each text, as few as `MOST_MATCHES` and one hits in all. Throws `cancelled`, at once. */
  find(texts: readonly SearchedText[], cut: Cut, signal?: AbortSignal): Promise<readonly Result[]>;
}
