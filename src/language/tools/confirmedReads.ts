/*
 * VS Code asks before a tool runs and then runs it, without a word that these two belong together; between them an
 * account may answer, or not answer any more, and the same name means another place.
 */

/** How many calls are remembered: more are not being asked about at once. */
const MOST = 100;

/**
 * Which places of accounts somebody was asked about, by the parameters that named them: those, and no others, may be
 * read.
 */
export class ConfirmedReads {
  readonly #places = new Map<string, ReadonlySet<string>>();

  /** What is asked about now counts; what was asked before by the same parameters does not. */
  ask(parameters: readonly unknown[], places: readonly string[]): void {
    const call = JSON.stringify(parameters);
    this.#places.delete(call);
    if (places.length === 0) return;
    const [oldest] = this.#places.keys();
    if (oldest !== undefined && this.#places.size >= MOST) this.#places.delete(oldest);
    this.#places.set(call, new Set(places));
  }

  includes(parameters: readonly unknown[], place: string): boolean {
    return this.#places.get(JSON.stringify(parameters))?.has(place) === true;
  }
}
