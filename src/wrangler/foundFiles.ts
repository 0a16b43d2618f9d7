import { sep } from 'node:path';
import type { FoundFiles } from './findConfigs.ts';

export const NOTHING: FoundFiles = { configs: [], viteConfigs: [], redirects: [], stateRoots: [] };

const each = (make: (name: keyof FoundFiles) => readonly string[]): FoundFiles => ({
  ...{ configs: make('configs'), viteConfigs: make('viteConfigs') },
  ...{ redirects: make('redirects'), stateRoots: make('stateRoots') },
});

export const union = (a: FoundFiles, b: FoundFiles): FoundFiles =>
  each((name) => [...new Set([...a[name], ...b[name]])].sort());

/** What is left where some of it is gone. */
export const without = (found: FoundFiles, isGone: (path: string) => boolean): FoundFiles =>
  each((name) => found[name].filter((path) => !isGone(path)));

/** Whether a path is this folder, or lies in it. */
export const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(folder + sep);
