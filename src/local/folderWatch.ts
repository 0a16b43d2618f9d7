import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Disposable } from '../core/base/event.ts';

/**
 * So many folders above the one of interest are watched too: a folder that is renamed says so only in the one above.
 */
const WATCHED_ABOVE = 5;
/** How often the folders are looked at again that came or went while they were about to be watched. */
const MOST_TRIES = 3;

/**
 * Of which folder it is and who may read it; `undefined` for what is missing, no folder, not to be reached, or a link
 * in a circle.
 */
function identityOf(path: string): string | undefined {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (!found?.isDirectory()) return undefined;
    const { dev, ino, mode, uid, gid } = found;
    return [dev, ino, mode, uid, gid].join(':');
  } catch {
    return undefined;
  }
}

/** A folder and those above it, up to one that exists at least. */
function folderAndAbove(path: string): readonly string[] {
  const folders = [path];
  for (let folder = path, isFound = false; folder !== dirname(folder); ) {
    isFound ||= identityOf(folder) !== undefined;
    if (isFound && folders.length > WATCHED_ABOVE) break;
    folder = dirname(folder);
    folders.push(folder);
  }
  return folders;
}

/**
 * Tells what happens in one folder, through its removal, renaming and coming back: the folders above it are watched
 * too. `onEvent` gets the name of the file concerned, or nothing when the folder came or went, or others may read it
 * now. Never throws, whatever lies at the path; an error of `onEvent` goes to `onError`.
 */
export class FolderWatch implements Disposable {
  readonly #path: string;
  readonly #onEvent: (name?: string) => void;
  readonly #onError: (error: unknown) => void;
  #watchers: readonly FSWatcher[] = [];
  /** Of the folder and those above it, as they are watched. */
  #identities: readonly (string | undefined)[] = [];
  #disposed = false;

  constructor(path: string, onEvent: (name?: string) => void, onError: (error: unknown) => void = () => {}) {
    this.#path = path;
    this.#onEvent = onEvent;
    this.#onError = onError;
    this.#arm();
  }

  dispose(): void {
    this.#disposed = true;
    this.#close();
  }

  #arm(): void {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      this.#close();
      const folders = folderAndAbove(this.#path);
      this.#identities = folders.map(identityOf);
      this.#watchers = folders.flatMap((folder, index) =>
        this.#identities[index] === undefined ? [] : (this.#start(folder) ?? []),
      );
      // Made or renamed between looking and watching: then look again.
      if (this.#isStill()) return;
    }
  }

  #close(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }

  #isStill(): boolean {
    const now = folderAndAbove(this.#path).map(identityOf);
    return now.length === this.#identities.length && now.every((identity, at) => identity === this.#identities[at]);
  }

  /** Where the system has no watches left there is no news, and everything else works. */
  #start(folder: string): FSWatcher | undefined {
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => this.#heard(folder, name ?? undefined));
      watcher.on('error', () => this.#rearm());
      return watcher;
    } catch {
      return undefined;
    }
  }

  #heard(folder: string, name: string | undefined): void {
    if (this.#disposed) return;
    if (!this.#isStill()) this.#rearm();
    else if (folder === this.#path) this.#tell(name);
  }

  #rearm(): void {
    if (this.#disposed) return;
    const before = this.#identities[0];
    this.#arm();
    if (before !== this.#identities[0]) this.#tell();
  }

  #tell(name?: string): void {
    try {
      this.#onEvent(name);
    } catch (error) {
      this.#onError(error);
    }
  }
}
