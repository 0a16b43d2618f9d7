/** A save that still runs after so many milliseconds counts as failed: VS Code does not report failed saves. */
const LONGEST_SAVE_MS = 30_000;

/** Whether a document is being saved, and whether anybody asked for it. */
export class SaveState {
  #begunAt = Number.NEGATIVE_INFINITY;
  #isAutomatic = false;

  /** From the moment a save begins until it has ended. */
  get isRunning(): boolean {
    return performance.now() - this.#begunAt < LONGEST_SAVE_MS;
  }

  begin(isAutomatic: boolean): void {
    this.#begunAt = performance.now();
    this.#isAutomatic = isAutomatic;
  }

  end(): void {
    this.#begunAt = Number.NEGATIVE_INFINITY;
  }

  /** Whether the save under way is one that nobody asked for; counts for that one. */
  takeAutomatic(): boolean {
    const isAutomatic = this.#isAutomatic;
    this.#isAutomatic = false;
    return isAutomatic;
  }
}
