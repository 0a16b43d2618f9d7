import { basename } from 'node:path';
import type { WranglerConfig } from './config.ts';

/** The names that wrangler looks for by default, in order of preference within a folder. */
export const CONFIG_NAMES = ['wrangler.json', 'wrangler.jsonc', 'wrangler.toml'] as const;

/** Whether the file at a path has one of these names. */
export const isUsualName = (path: string): boolean => CONFIG_NAMES.some((name) => name === basename(path));

/** Marks configs that wrangler ignores in favour of another one in the same folder, and removes their bindings. */
export function withoutShadowed(configs: readonly WranglerConfig[]): readonly WranglerConfig[] {
  const used = new Map<string, string>();
  for (const name of CONFIG_NAMES) {
    for (const { path, folder } of configs) if (basename(path) === name && !used.has(folder)) used.set(folder, path);
  }
  return configs.map((config) => {
    const preferred = used.get(config.folder);
    if (!isUsualName(config.path) || config.isGenerated || preferred === undefined || preferred === config.path)
      return config;
    return unused(config, preferred);
  });
}

/** A config instead of which another one is used. */
export const unused = ({ path, folder, name }: WranglerConfig, shadowedBy: string): WranglerConfig => ({
  path,
  folder,
  ...(name !== undefined && { name }),
  bindings: [],
  shadowedBy,
});
