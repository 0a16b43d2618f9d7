import { createHash } from 'node:crypto';

const WIDTH = 14;

/** Gives ids that sort by age, those of the same millisecond too, and where the clock is set back; their end is the session's. */
export class JournalIds {
  readonly #clock: () => number;
  readonly #session: string;
  #lastAt = 0;

  constructor(session: string, clock: () => number) {
    this.#clock = clock;
    this.#session = createHash('sha256').update(session).digest('hex').slice(0, 12);
  }

  next(): { readonly id: string; readonly at: number } {
    const at = Math.max(Math.trunc(this.#clock()), this.#lastAt + 1);
    this.#lastAt = at;
    return { id: `${String(at).padStart(WIDTH, '0')}-${this.#session}`, at };
  }
}

/** When it was given, in milliseconds since 1970. */
export const timeOf = (id: string): number => Number(id.slice(0, WIDTH));
