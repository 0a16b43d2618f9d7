import { basename, dirname } from 'node:path';
import type { FoundFiles } from './findConfigs.ts';
import { CONFIG_NAMES } from './preferred.ts';

export const NOTHING: FoundFiles = { configs: [], viteConfigs: [], redirects: [], stateRoots: [] };

const each = (make: (name: keyof FoundFiles) => readonly string[]): FoundFiles => ({
  configs: make('configs'),
  viteConfigs: make('viteConfigs'),
  redirects: make('redirects'),
  stateRoots: make('stateRoots'),
});

/** Keeps the order of a search: by folder, and within a folder in wrangler's order of preference. */
export const union = (a: FoundFiles, b: FoundFiles): FoundFiles =>
  each((name) => {
    const all = [...new Set([...a[name], ...b[name]])];
    return name === 'stateRoots' ? all.sort() : all.sort(byFolder);
  });

function byFolder(a: string, b: string): number {
  const [left, right] = [dirname(a), dirname(b)];
  if (left !== right) return left < right ? -1 : 1;
  return preference(a) - preference(b) || (a < b ? -1 : 1);
}

const NAMES: readonly string[] = CONFIG_NAMES;
const preference = (path: string): number => NAMES.indexOf(basename(path));

/** What is left when some of the files are gone. */
export const without = (found: FoundFiles, isGone: (path: string) => boolean): FoundFiles =>
  each((name) => found[name].filter((path) => !isGone(path)));
