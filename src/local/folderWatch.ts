import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Disposable } from '../core/base/event.ts';

const identityOf = (path: string): string | undefined => {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found?.isDirectory() ? `${found.dev}:${found.ino}` : undefined;
};

/** The folder itself, or the nearest one above it that exists. */
function nearestFolder(path: string): string {
  for (let folder = path; ; folder = dirname(folder)) {
    if (identityOf(folder) !== undefined || folder === dirname(folder)) return folder;
  }
}

/**
 * Tells what happens in one folder, through its removal and its coming back: while it is missing, the nearest folder
 * above it is watched. `onEvent` gets the name of the file concerned, or nothing when the folder came or went.
 */
export class FolderWatch implements Disposable {
  readonly #path: string;
  readonly #onEvent: (name?: string) => void;
  #watcher: FSWatcher | undefined;
  #watched = '';
  #identity: string | undefined;
  #disposed = false;

  constructor(path: string, onEvent: (name?: string) => void) {
    this.#path = path;
    this.#onEvent = onEvent;
    this.#arm();
  }

  dispose(): void {
    this.#disposed = true;
    this.#watcher?.close();
  }

  #arm(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    for (let tries = 0; tries < 3; tries++) {
      this.#watched = nearestFolder(this.#path);
      this.#identity = identityOf(this.#watched);
      const watcher = this.#start(this.#watched);
      if (watcher === undefined) return;
      // Made between looking and watching: then look again.
      if (nearestFolder(this.#path) === this.#watched) {
        this.#watcher = watcher;
        return;
      }
      watcher.close();
    }
  }

  /** Where the system has no watches left there is no news, and everything else works. */
  #start(folder: string): FSWatcher | undefined {
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => this.#heard(name ?? undefined));
      watcher.on('error', () => this.#rearm());
      return watcher;
    } catch {
      return undefined;
    }
  }

  #heard(name: string | undefined): void {
    if (this.#disposed) return;
    const isStill = this.#watched === nearestFolder(this.#path) && this.#identity === identityOf(this.#watched);
    if (!isStill) this.#rearm();
    else if (this.#watched === this.#path) this.#onEvent(name);
  }

  #rearm(): void {
    if (this.#disposed) return;
    const before = this.#watched === this.#path;
    this.#arm();
    if (before || this.#watched === this.#path) this.#onEvent();
  }
}
