import type { WranglerConfig } from '../wrangler/config.ts';
import type { ServedProject } from './explorer/devServers.ts';
import { devId } from './localNamespaces.ts';

/** What the dev servers of a project can be known by. */
export function servedProject({
  projectFolder,
  servedFrom = [],
  configs,
}: {
  readonly projectFolder: string;
  readonly servedFrom?: readonly string[] | undefined;
  readonly configs: readonly WranglerConfig[];
}): ServedProject {
  const bindings = configs.flatMap((config) => config.bindings);
  return {
    folders: [...new Set([projectFolder, ...servedFrom])],
    names: configs.flatMap(({ name, bindings: own }) => {
      if (name === undefined) return [];
      // `wrangler dev --env production` runs a Worker of this name.
      const environments = new Set(own.flatMap(({ environment }) => environment ?? []));
      return [name, ...[...environments].map((environment) => `${name}-${environment}`)];
    }),
    namespaces: [...new Set(bindings.map((binding) => devId(binding).id))],
    ports: configs.flatMap(({ devPort }) => devPort ?? []),
  };
}
