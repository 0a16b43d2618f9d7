export interface Disposable {
  dispose(): void;
}

/** The shape of an event, the same as VS Code's, so that layers without `vscode` can have events too. */
export type Event<T> = (listener: (event: T) => unknown) => Disposable;

export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<(event: T) => unknown>();

  readonly event: Event<T> = (listener) => {
    const own = (event: T) => listener(event);
    this.#listeners.add(own);
    return { dispose: () => this.#listeners.delete(own) };
  };

  /** Every listener hears of it. The error of one is thrown later, for the host to log, and stops nothing. */
  fire(event: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
