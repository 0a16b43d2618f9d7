import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import * as l10n from '@vscode/l10n';
import { errnoOf, isFileMissing } from '../core/base/errno.ts';
import { KvError } from '../core/base/errors.ts';
import { wayDown } from '../core/base/paths.ts';
import { CONFIG_NAMES } from './preferred.ts';
import { isViteConfig } from './viteProjects.ts';

/**
 * Names of folders whose content is installed, cached or generated; they are skipped at any depth (but not if they are
 * the folders to search). Names that people also use for sources (`build`, `out`, `target`, `vendor`, `coverage`, other
 * folders that start with a dot) are walked, unless a build tool has marked the folder as a cache with a
 * `CACHEDIR.TAG`. `dist` is on the list because Vite writes a generated `wrangler.json` there, which names the same
 * bindings a second time.
 */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([
  'node_modules',
  'bower_components',
  'jspm_packages',
  '.yarn',
  '.pnpm-store',
  '.npm',
  '.git',
  '.hg',
  '.svn',
  '.jj',
  '.wrangler',
  'dist',
  '.output',
  '.next',
  '.nuxt',
  '.svelte-kit',
  '.open-next',
  '.vercel',
  '.netlify',
  '.cache',
  '.parcel-cache',
  '.turbo',
  '.nx',
  '.venv',
  '__pycache__',
]);

/** Marks a folder as a cache (Cache Directory Tagging Specification, https://bford.info/cachedir/). */
const CACHE_TAG = 'CACHEDIR.TAG';
const CONCURRENCY = 16;

/** The files that tell where local KV lies, as absolute paths. */
export interface FoundFiles {
  /** Wrangler configs by folder, in path order; within a folder in wrangler's order of preference. */
  readonly configs: readonly string[];
  readonly viteConfigs: readonly string[];
  /** Pointers to generated configs. */
  readonly redirects: readonly string[];
  /** Folders beside which wrangler has kept local KV. */
  readonly stateRoots: readonly string[];
}

type Look = (path: string) => Promise<{ isDirectory(): boolean; isFile(): boolean }>;

export interface FindOptions {
  readonly signal?: AbortSignal;
  /** Called for each folder that holds something, as soon as it is read. */
  readonly onFound?: (folder: string, files: FolderFiles) => void;
  /** Whether to skip a file or folder. */
  readonly isExcluded?: (path: string) => boolean;
  /**
   * Called for a folder that cannot be read, including a `.wrangler` folder with no config beside it. The other folders
   * are still walked.
   */
  readonly onUnreadable?: (folder: string, error: unknown) => void;
  /** Looks at a state folder or the target of a link; uses `node:fs` by default. */
  readonly look?: Look;
  /** Lists a folder; uses `node:fs` by default. */
  readonly read?: (folder: string) => Promise<readonly Dirent[]>;
}

/**
 * Walks the folders once, those near the top first. Links to folders are not followed, links to config files are.
 * Rejects only with kind `cancelled`.
 */
export async function findConfigs(folders: readonly string[], options: FindOptions = {}): Promise<FoundFiles> {
  const { signal, onFound, onUnreadable, isExcluded = () => false } = options;
  const { read = (folder) => readdir(folder, { withFileTypes: true }), look = stat } = options;
  const queue = [...new Set(folders.map((folder) => resolve(folder)))];
  const roots: ReadonlySet<string> = new Set(queue);
  const seen = new Set(queue);
  const found = new Map<string, FolderFiles>();

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
    let state: StateIn = NO_STATE;
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (entry.name === WRANGLER_FOLDER) state = await stateIn(path, look);
        if (SKIPPED_FOLDERS.has(entry.name) || seen.has(path) || isExcluded(path)) continue;
        seen.add(path);
        queue.push(path);
      } else if (isNamed(entry.name) && !isExcluded(path) && (entry.isFile() || (await leadsToFile(path, look)))) {
        names.push(entry.name);
      }
    }
    // If there is a config beside it, the row of that config shows the error.
    if (names.length === 0 && state.error !== undefined) onUnreadable?.(join(folder, WRANGLER_FOLDER), state.error);
    if (names.length === 0 && !state.hasState && !state.hasRedirect) return;
    const files = { names, hasState: state.hasState, hasRedirect: state.hasRedirect };
    found.set(folder, files);
    if (!signal?.aborted) onFound?.(folder, files);
  };

  const running = new Set<Promise<void>>();
  // Taking items from the front of such a long list would move all others each time.
  let next = 0;
  while (next < queue.length || running.size > 0) {
    if (signal?.aborted) {
      await Promise.all(running);
      throw new KvError('cancelled', l10n.t('The search for wrangler configs was cancelled.'));
    }
    const folder = running.size < CONCURRENCY ? queue[next] : undefined;
    if (folder === undefined) {
      await Promise.race(running);
      continue;
    }
    next++;
    const visiting = visit(folder).finally(() => running.delete(visiting));
    running.add(visiting);
  }
  return filesOf(found);
}

/** Whether a walk from one of the folders would skip this path. */
export function isSkipped(path: string, folders: readonly string[]): boolean {
  const below = folders.flatMap((folder) => wayDown(resolve(folder), path) ?? []);
  return below.every((rest) =>
    rest
      .split(sep)
      .slice(0, -1)
      .some((name) => SKIPPED_FOLDERS.has(name)),
  );
}

/** What a search finds in one folder. */
export interface FolderFiles {
  /** File names of wrangler's and Vite's configs. */
  readonly names: readonly string[];
  readonly hasState: boolean;
  readonly hasRedirect: boolean;
}

const WRANGLER_FOLDER = '.wrangler';
/** Where a build tool records which config it has generated (wrangler 4.156, source). */
const REDIRECT = join('deploy', 'config.json');
const NO_STATE = { hasState: false, hasRedirect: false };

interface StateIn {
  readonly hasState: boolean;
  readonly hasRedirect: boolean;
  /** Why it cannot be known. */
  readonly error?: unknown;
}

async function stateIn(folder: string, look: Look): Promise<StateIn> {
  const [state, hasRedirect] = await Promise.all([
    look(join(folder, 'state', 'v3', 'kv')).then(
      (kv) => ({ hasState: kv.isDirectory() }),
      (error: unknown) => ({ hasState: false, ...(!isAbsent(error) && { error }) }),
    ),
    leadsToFile(join(folder, REDIRECT), look),
  ]);
  return { ...state, hasRedirect };
}

const isAbsent = (error: unknown): boolean => isFileMissing(error) || errnoOf(error) === 'ENOTDIR';

/** The results of all folders together, in the order that they are reported in. */
export function filesOf(found: ReadonlyMap<string, FolderFiles>): FoundFiles {
  const folders = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    configs: folders.flatMap(([folder, { names }]) =>
      CONFIG_NAMES.filter((name) => names.includes(name)).map((name) => join(folder, name)),
    ),
    viteConfigs: folders.flatMap(([folder, { names }]) => names.filter(isViteConfig).map((name) => join(folder, name))),
    redirects: folders.flatMap(([folder, { hasRedirect }]) =>
      hasRedirect ? join(folder, WRANGLER_FOLDER, REDIRECT) : [],
    ),
    stateRoots: folders.flatMap(([folder, { hasState }]) => (hasState ? folder : [])),
  };
}

const isNamed = (name: string): boolean => isConfigName(name) || isViteConfig(name);

const isConfigName = (name: string): boolean => CONFIG_NAMES.some((known) => known === name);

const leadsToFile = async (path: string, look: Look): Promise<boolean> =>
  await look(path).then(
    (found) => found.isFile(),
    () => false,
  );
