import { dirname } from 'node:path';
import { isWithin } from '../../core/base/paths.ts';
import type { WranglerConfig } from '../../wrangler/config.ts';

/**
 * The configs whose bindings a code file sees: those of the nearest folder upwards that has any. If none has, all of
 * its workspace folder, because several Workers may share a package. Paths are absolute.
 */
export function governingConfigs(
  path: string,
  configs: readonly WranglerConfig[],
  workspaceFolder: string | undefined,
): readonly WranglerConfig[] {
  const usable = configs.filter(({ isGenerated, shadowedBy }) => !isGenerated && shadowedBy === undefined);
  const around = usable.filter(({ folder }) => isWithin(dirname(path), folder));
  const nearest = Math.max(...around.map(({ folder }) => folder.length));
  if (around.length > 0) return around.filter(({ folder }) => folder.length === nearest);
  return workspaceFolder === undefined ? [] : usable.filter(({ folder }) => isWithin(folder, workspaceFolder));
}

/** The bindings that `wrangler types` has declared for a Worker: members of its environment. */
export function declaredBindings(declarations: string): readonly string[] {
  const member = /^\s*(?:readonly\s+)?([A-Za-z_$][\w$]*)\??\s*:\s*(?:Cloudflare\s*\.\s*)?KVNamespace\s*;/gm;
  return [...declarations.matchAll(member)].flatMap(([, name]) => name ?? []);
}
