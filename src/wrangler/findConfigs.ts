import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as l10n from '@vscode/l10n';
import { KvError } from '../core/base/errors.ts';

/** In the order in which wrangler prefers them within one folder. */
const CONFIG_NAMES = ['wrangler.json', 'wrangler.jsonc', 'wrangler.toml'] as const;

/**
 * Folders whose content is installed, cached or generated, by name at any depth (but not the folders asked for). What
 * people also use for sources (`build`, `out`, `target`, `vendor`, `coverage`, folders that only start with a dot) is
 * walked; a build tool marks such a folder as a cache with a `CACHEDIR.TAG`, and then it is skipped too. `dist` is on
 * the list because Vite writes a generated `wrangler.json` there, which names the same bindings a second time.
 */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([
  ...['node_modules', 'bower_components', 'jspm_packages', '.yarn', '.pnpm-store', '.npm'],
  ...['.git', '.hg', '.svn', '.jj'],
  ...['.wrangler', 'dist', '.output', '.next', '.nuxt', '.svelte-kit', '.open-next', '.vercel', '.netlify'],
  ...['.cache', '.parcel-cache', '.turbo', '.nx', '.venv', '__pycache__'],
]);

/** Marks a folder as a cache (Cache Directory Tagging Specification, https://bford.info/cachedir/). */
const CACHE_TAG = 'CACHEDIR.TAG';
const CONCURRENCY = 16;

export interface FindOptions {
  readonly signal?: AbortSignal;
  /** Told of a folder that cannot be read; the others are walked all the same. */
  readonly onUnreadable?: (folder: string, error: unknown) => void;
  /** Lists a folder; `node:fs` unless given. */
  readonly read?: (folder: string) => Promise<readonly Dirent[]>;
}

/**
 * Absolute paths of every wrangler config in or below the folders, each once: folder by folder in the order of their
 * paths, within a folder as wrangler prefers them. Links to folders are not followed, links to a config file are.
 * Rejects only with kind `cancelled`.
 */
export async function findConfigs(folders: readonly string[], options: FindOptions = {}): Promise<string[]> {
  const { signal, onUnreadable, read = (folder) => readdir(folder, { withFileTypes: true }) } = options;
  const queue = [...new Set(folders.map((folder) => resolve(folder)))];
  const roots: ReadonlySet<string> = new Set(queue);
  const seen = new Set(queue);
  const found = new Map<string, string[]>();

  const visit = async (folder: string): Promise<void> => {
    let entries: readonly Dirent[];
    try {
      entries = await read(folder);
    } catch (error) {
      onUnreadable?.(folder, error);
      return;
    }
    if (!roots.has(folder) && entries.some((entry) => entry.name === CACHE_TAG)) return;
    const names: string[] = [];
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (SKIPPED_FOLDERS.has(entry.name) || seen.has(path)) continue;
        seen.add(path);
        queue.push(path);
      } else if (isConfigName(entry.name) && (entry.isFile() || (await leadsToFile(path)))) {
        names.push(entry.name);
      }
    }
    if (names.length > 0) found.set(folder, names);
  };

  const running = new Set<Promise<void>>();
  while (queue.length > 0 || running.size > 0) {
    if (signal?.aborted) {
      await Promise.all(running);
      throw new KvError('cancelled', l10n.t('The search for wrangler configs was cancelled.'));
    }
    const folder = running.size < CONCURRENCY ? queue.shift() : undefined;
    if (folder === undefined) {
      await Promise.race(running);
      continue;
    }
    const visiting = visit(folder).finally(() => running.delete(visiting));
    running.add(visiting);
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([folder, names]) =>
      CONFIG_NAMES.filter((name) => names.includes(name)).map((name) => join(folder, name)),
    );
}

const isConfigName = (name: string): boolean => CONFIG_NAMES.some((known) => known === name);

const leadsToFile = async (path: string): Promise<boolean> =>
  await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
