import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Disposable } from '../../core/base/event.ts';
import { FolderWatch } from '../folderWatch.ts';
import { type Registration, type RegistryPlaces, readRegistration, readRegistry } from './registry.ts';

/** Anything else beside the version folders is ignored. */
const VERSION = /^v\d/;

/** All dev registries of this machine and user as one. What is missing or unreadable counts as not registered. */
export class DevRegistry {
  readonly #places: RegistryPlaces;

  constructor(places: RegistryPlaces) {
    this.#places = places;
  }

  /** All registrations, stale or not. Never rejects. */
  async all(): Promise<readonly Registration[]> {
    return (await Promise.all(this.#folders().map(readRegistry))).flat();
  }

  /** The Workers with this name; each registry may have one. Never rejects. */
  async named(name: string): Promise<readonly Registration[]> {
    const found = await Promise.all(this.#folders().map((folder) => readRegistration(folder, name)));
    return found.filter((registration) => registration !== undefined);
  }

  /**
   * Calls `onEvent` for each entry that comes, goes or sends a heartbeat, including those of version folders that
   * appear later.
   */
  watch(onEvent: () => void): Disposable {
    const { versions } = this.#places;
    const watches = new Map<string, FolderWatch>();
    const follow = (): void => {
      const folders = this.#folders();
      for (const [folder, watch] of watches) {
        if (folders.includes(folder)) continue;
        watch.dispose();
        watches.delete(folder);
      }
      for (const folder of folders) if (!watches.has(folder)) watches.set(folder, new FolderWatch(folder, onEvent));
    };
    const ofVersions =
      versions &&
      new FolderWatch(versions, () => {
        follow();
        onEvent();
      });
    follow();
    return {
      dispose: () => {
        if (ofVersions) ofVersions.dispose();
        for (const watch of watches.values()) watch.dispose();
        watches.clear();
      },
    };
  }

  /** Synchronous, so that no version folder can appear between looking and watching. There are only a few names. */
  #folders(): readonly string[] {
    const { folders, versions } = this.#places;
    return versions === undefined ? folders : [...folders, ...versionsIn(versions)];
  }
}

function versionsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => VERSION.test(name))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
