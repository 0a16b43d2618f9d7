/*
 * VS Code asks before a tool runs and then runs it, but does not tell that these two calls belong together. Between
 * them an account may answer, or stop answering, so that the same name means another place.
 */

/** How many calls to remember; there are never more questions open at once. */
const MOST = 100;

/** Places in accounts that the user was asked about, by the parameters that named them. No others may be read. */
export class ConfirmedReads {
  readonly #places = new Map<string, ReadonlySet<string>>();

  /** Replaces what was asked before with the same parameters. */
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
