import { createHash } from 'node:crypto';
import { windowTick } from './moment.ts';

const WIDTH = 14;

/**
 * The times and ids of journals. Times never go back within a session. Ids sort by age, even within a millisecond and
 * if the clock is set back; they end with the session's id.
 */
export class JournalIds {
  readonly #clock: () => number;
  readonly #session: string;
  #lastAt = 0;
  #lastId = 0;
  #count = 0;

  constructor(session: string, clock: () => number) {
    this.#clock = clock;
    this.#session = createHash('sha256').update(session).digest('hex').slice(0, 12);
  }

  /** Unix milliseconds, never before one that was returned earlier. */
  moment(): number {
    this.#lastAt = Math.max(Math.trunc(this.#clock()), this.#lastAt);
    return this.#lastAt;
  }

  /** The tick of a moment, if the machine does not provide one. */
  tick(): string {
    return windowTick(this.#session, ++this.#count);
  }

  next(): { readonly id: string; readonly at: number } {
    const at = Math.max(this.moment(), this.#lastId + 1);
    this.#lastId = at;
    this.#lastAt = at;
    return { id: `${String(at).padStart(WIDTH, '0')}-${this.#session}`, at };
  }
}
