import { createHash } from 'node:crypto';
import { windowTick } from './moment.ts';

const WIDTH = 14;

/**
 * The times and ids of journals. Nothing has an earlier time here than what was before it, and ids sort by age, those
 * of the same millisecond too, and where the clock is set back; the end of an id is the session's.
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

  /** In milliseconds since 1970; never before one that was given. */
  moment(): number {
    this.#lastAt = Math.max(Math.trunc(this.#clock()), this.#lastAt);
    return this.#lastAt;
  }

  /** That of a moment, where the machine tells none. */
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
