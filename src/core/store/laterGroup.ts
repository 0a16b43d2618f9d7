import { type Disposable, Emitter } from '../base/event.ts';
import type { SourceGroup } from './sourceRegistry.ts';
import type { KvSource } from './store.ts';

/**
 * Stands in for a group of sources that is created later. Until then it has no sources, and its first search is not
 * finished.
 */
export class LaterGroup implements SourceGroup, Disposable {
  readonly #changed = new Emitter<void>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #shown = Promise.withResolvers<void>();
  #group: SourceGroup | undefined;
  #listening: Disposable | undefined;
  readonly onDidChange = this.#changed.event;
  readonly ready = this.#ready.promise;
  readonly shown = this.#shown.promise;

  get sources(): readonly KvSource[] {
    return this.#group?.sources ?? [];
  }

  /** Must be called before the group has any sources. */
  begin(group: SourceGroup): void {
    this.#group = group;
    this.#listening = group.onDidChange(() => this.#changed.fire());
    this.#ready.resolve(group.ready);
    this.#shown.resolve(group.shown ?? group.ready);
  }

  dispose(): void {
    this.#listening?.dispose();
    this.#changed.dispose();
  }
}
