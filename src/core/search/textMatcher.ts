import { throwIfCancelled } from '../base/cancel.ts';
import { type Cut, hitsIn, MOST_MATCHES } from './hits.ts';
import type { Matcher, Result } from './matcher.ts';
import { type SearchedText, textOf } from './searchProtocol.ts';
import { SearchThread } from './searchThread.ts';

/** This many characters or bytes are searched in a few milliseconds, so sending them to a thread is not worthwhile. */
const MOST_HERE = 100_000;

/** Searches for literal text: small texts right here, larger ones in a thread to keep the extension host responsive. */
export class TextMatcher implements Matcher {
  readonly #text: string;
  readonly #thread: SearchThread;

  /**
   * `thread` must search for the same text, and is disposed together with this matcher. It starts with the first large
   * text.
   */
  constructor(text: string, thread = new SearchThread(text)) {
    this.#text = text;
    this.#thread = thread;
  }

  get hasGivenUp(): boolean {
    return this.#thread.hasGivenUp;
  }

  async find(texts: readonly SearchedText[], cut: Cut, signal?: AbortSignal): Promise<readonly Result[]> {
    throwIfCancelled(signal);
    const size = texts.reduce((sum, text) => sum + text.length, 0);
    if (size > MOST_HERE) return await this.#thread.find(texts, cut, signal);
    let most = MOST_MATCHES + 1;
    return texts.map((text) => {
      const hits = hitsIn(textOf(text), cut, (line) => line.indexOf(this.#text), most);
      most -= hits.length;
      return hits;
    });
  }

  dispose(): void {
    this.#thread.dispose();
  }
}
