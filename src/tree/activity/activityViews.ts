import type { Disposable } from '../../core/base/event.ts';
import type { ActivityView } from './activityView.ts';

/** Holds the only activity view, while there is one. */
export class ActivityViews implements Disposable {
  #current: ActivityView | undefined;

  get current(): ActivityView | undefined {
    return this.#current;
  }

  /** Replaces the previous view. */
  show(view: () => ActivityView): ActivityView {
    this.dispose();
    this.#current = view();
    return this.#current;
  }

  dispose(): void {
    this.#current?.dispose();
    this.#current = undefined;
  }
}
