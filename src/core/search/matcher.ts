import { throwIfCancelled } from '../base/cancel.ts';
import type { Disposable } from '../base/event.ts';
import { type Cut, type Hit, hitsIn, MOST_MATCHES } from './hits.ts';

/** The hits of a text; `undefined` when it was given up, because the expression takes too long on it. */
export type Result = readonly Hit[] | undefined;

/** Looks for one pattern, for as long as one search lasts; its owner disposes it. */
export interface Matcher extends Disposable {
  /** It has given up too many texts to go on: {@link find} resolves to fewer results than texts. */
  readonly hasGivenUp: boolean;
  /** One result for each text, as few as {@link MOST_MATCHES} and one hits in all. Throws `cancelled`, at once. */
  find(texts: readonly string[], cut: Cut, signal?: AbortSignal): Promise<readonly Result[]>;
}

/** Looks for a text as it is. */
export class TextMatcher implements Matcher {
  readonly hasGivenUp = false;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  async find(texts: readonly string[], cut: Cut, signal?: AbortSignal): Promise<readonly Result[]> {
    throwIfCancelled(signal);
    let most = MOST_MATCHES + 1;
    return texts.map((text) => {
      const hits = hitsIn(text, cut, (line) => line.indexOf(this.#text), most);
      most -= hits.length;
      return hits;
    });
  }

  dispose(): void {}
}
