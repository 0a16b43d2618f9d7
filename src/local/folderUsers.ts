import type { Memento } from '../core/base/memento.ts';
import { StateFolder } from './stateFolder.ts';

const MEMORY = 'stateFolderUsers';
/** Those noted longest ago are let go. */
const MOST = 100;

/**
 * Which project's dev server was seen to keep its data in a folder of state. It is known when the server has stopped,
 * and after a restart: nothing in such a folder says whose it is.
 */
export class FolderUsers {
  readonly #memory: Memento | undefined;
  /** Project folders by the folder that is its `kv`, which a folder of state has whichever way it is given. */
  readonly #users: Map<string, string>;

  constructor(memory?: Memento) {
    this.#memory = memory;
    this.#users = new Map(pairs(memory?.get(MEMORY)));
  }

  /** The folder of the project that uses this one, as last seen. */
  of(stateFolder: string): string | undefined {
    return this.#users.get(new StateFolder(stateFolder).kv);
  }

  /** Whether it is news. */
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

/** Whatever else is kept under the name is not ours. */
const pairs = (kept: unknown): readonly (readonly [string, string])[] =>
  Array.isArray(kept)
    ? kept.flatMap((pair: unknown) =>
        Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string'
          ? [[pair[0], pair[1]] as const]
          : [],
      )
    : [];
