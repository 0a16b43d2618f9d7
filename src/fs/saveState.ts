/** A save that runs longer than this counts as failed, in milliseconds: VS Code does not report failed saves. */
const LONGEST_SAVE_MS = 30_000;

/** Whether a document is being saved, and whether the user asked for it. */
export class SaveState {
  #begunAt = Number.NEGATIVE_INFINITY;
  #isAutomatic = false;

  /** True from the beginning of a save until it has ended. */
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

  /** Whether the current save is automatic. Works once per save. */
  takeAutomatic(): boolean {
    const isAutomatic = this.#isAutomatic;
    this.#isAutomatic = false;
    return isAutomatic;
  }
}
