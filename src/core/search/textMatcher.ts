import { throwIfCancelled } from '../base/cancel.ts';
import { type Cut, hitsIn, MOST_MATCHES } from './hits.ts';
import type { Matcher, Result } from './matcher.ts';
import { type SearchedText, textOf } from './searchProtocol.ts';
import { SearchThread } from './searchThread.ts';

/** So many characters or bytes are gone through in a few milliseconds: more than handing them to a thread is worth. */
const MOST_HERE = 100_000;

/** Looks for a text as it is: for small ones here, for larger ones in a thread, while the host is free. */
export class TextMatcher implements Matcher {
  readonly #text: string;
  readonly #thread: SearchThread;

  /** `thread` is for the same text, and is disposed with this one; it starts with the first large text. */
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
