import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Disposable } from '../core/base/event.ts';

/** How many parent folders are watched too: a renamed folder is reported only in its parent. */
const WATCHED_ABOVE = 5;
/** How often to look again when folders came or went while being watched. */
const MOST_TRIES = 3;

/**
 * Identifies a folder and its permissions; `undefined` if it is missing, not a folder, unreachable, or a circular link.
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

/** A folder and its parents, at least up to one that exists. */
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
 * Watches one folder, even while it is removed, renamed and restored, by watching its parents too. `onEvent` gets the
 * name of the file concerned, or nothing if the folder came or went, or if its permissions changed. Never throws,
 * whatever lies at the path; errors of `onEvent` go to `onError`.
 */
export class FolderWatch implements Disposable {
  readonly #path: string;
  readonly #onEvent: (name?: string) => void;
  readonly #onError: (error: unknown) => void;
  #watchers: readonly FSWatcher[] = [];
  /** Identities of the folder and its parents when they were watched. */
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
      // If a folder was created or renamed between looking and watching, look again.
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

  /** If the system has no watches left, there are no events, but everything else works. */
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
