import type { WranglerConfig } from '../wrangler/config.ts';
import { devId } from './localNamespaces.ts';
import type { LocalProject } from './localSource.ts';
import type { ServedProject } from './serving/ownership.ts';

/** What the dev servers of a project can be known by, those of others that may use its state folder included. */
export function servedProject({
  projectFolder,
  servedFrom = [],
  configs: own,
  neighbours = [],
}: Pick<LocalProject, 'projectFolder' | 'servedFrom' | 'configs' | 'neighbours'>): ServedProject {
  const configs = [...own, ...servedFrom.flatMap((other) => other.configs)];
  const bindings = configs.flatMap((config) => config.bindings);
  const places = [projectFolder, ...servedFrom.map(({ folder }) => folder), ...configs.map(({ folder }) => folder)];
  const folders = [...new Set(places)];
  return {
    folders,
    names: [...new Set(configs.flatMap(workerNames))],
    namespaces: [...new Set(bindings.map((binding) => devId(binding).id))],
    ports: configs.flatMap(({ devPort }) => devPort ?? []),
    neighbours: neighbours.filter(({ folder }) => !folders.includes(folder)),
  };
}

/** The names under which a dev server of a config registers its Worker. */
export function workerNames({ name, bindings }: WranglerConfig): readonly string[] {
  if (name === undefined) return [];
  // `wrangler dev --env production` runs a Worker of this name.
  const environments = new Set(bindings.flatMap(({ environment }) => environment ?? []));
  return [name, ...[...environments].map((environment) => `${name}-${environment}`)];
}
