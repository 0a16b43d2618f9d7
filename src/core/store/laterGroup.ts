import { type Disposable, Emitter } from '../base/event.ts';
import type { SourceGroup } from './sourceRegistry.ts';
import type { KvSource } from './store.ts';

/** Stands for a group of sources that is made later: until then it has none, and its first search goes on. */
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

  /** To be called before the group has any source. */
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
