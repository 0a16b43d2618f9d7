import type { Memento } from '../core/base/memento.ts';
import { StateFolder } from './stateFolder.ts';

const MEMORY = 'stateFolderUsers';
/** The oldest entries are dropped beyond this number. */
const MOST = 100;

/**
 * Remembers which project's dev server was seen to keep its data in a state folder, even after the server has stopped
 * and after a restart: nothing in such a folder says whose it is.
 */
export class FolderUsers {
  readonly #memory: Memento | undefined;
  /** Project folders by the `kv` folder of a state folder, which is the same however the state folder is given. */
  readonly #users: Map<string, string>;

  constructor(memory?: Memento) {
    this.#memory = memory;
    this.#users = new Map(pairs(memory?.get(MEMORY)));
  }

  /** The folder of the project that was last seen to use this state folder. */
  of(stateFolder: string): string | undefined {
    return this.#users.get(new StateFolder(stateFolder).kv);
  }

  /** Returns whether this is news. */
  note(stateFolder: string, projectFolder: string): boolean {
    const { kv } = new StateFolder(stateFolder);
    if (this.#users.get(kv) === projectFolder) return false;
    this.#users.delete(kv);
    this.#users.set(kv, projectFolder);
    for (const oldest of [...this.#users.keys()].slice(0, -MOST)) this.#users.delete(oldest);
    void this.#memory?.update(MEMORY, [...this.#users]);
    return true;
  }
}

/** Any other data kept under this name is not ours. */
const pairs = (kept: unknown): readonly (readonly [string, string])[] =>
  Array.isArray(kept)
    ? kept.flatMap((pair: unknown) =>
        Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string'
          ? [[pair[0], pair[1]] as const]
          : [],
      )
    : [];
