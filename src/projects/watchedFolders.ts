import type * as vscode from 'vscode';
import { Slices } from '../core/base/slices.ts';
import { FolderWatch } from '../local/folderWatch.ts';

/** Watches individual folders: if a whole folder disappears, its files are not reported. */
export class WatchedFolders implements vscode.Disposable {
  readonly #onEvent: (folder: string, name: string | undefined) => void;
  readonly #watches = new Map<string, FolderWatch>();
  readonly #slices = new Slices();
  #isDisposed = false;

  /**
   * `onEvent` gets the name of the file in the folder that the event concerns, or nothing if the folder came or went.
   */
  constructor(onEvent: (folder: string, name: string | undefined) => void) {
    this.#onEvent = onEvent;
  }

  /**
   * Watches exactly these folders; stops early when they are no longer wanted. Resolves to those that were not watched
   * before.
   */
  async set(folders: ReadonlySet<string>, isWanted: () => boolean): Promise<ReadonlySet<string>> {
    const added = new Set<string>();
    for (const [folder, watch] of this.#watches) {
      if (folders.has(folder)) continue;
      watch.dispose();
      this.#watches.delete(folder);
    }
    for (const folder of folders) {
      // Each watch takes several system calls.
      await this.#slices.pause();
      if (this.#isDisposed || !isWanted()) break;
      if (this.#watches.has(folder)) continue;
      this.#watches.set(folder, new FolderWatch(folder, (name) => this.#onEvent(folder, name)));
      added.add(folder);
    }
    return added;
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const watch of this.#watches.values()) watch.dispose();
  }
}
