import type { WranglerConfig } from '../wrangler/config.ts';
import { devId } from './localNamespaces.ts';
import type { LocalProject } from './localProject.ts';
import type { ServedProject } from './serving/ownership.ts';

/**
 * What the dev servers of a project can be recognised by, including those of other projects that may use its state
 * folder.
 */
export function servedProject({
  projectFolder,
  servedFrom = [],
  configs: own,
  neighbours = [],
  mayBeVite = false,
}: Pick<LocalProject, 'projectFolder' | 'servedFrom' | 'configs' | 'neighbours' | 'mayBeVite'>): ServedProject {
  const configs = [...own, ...servedFrom.flatMap((other) => other.configs)];
  const bindings = configs.flatMap((config) => config.bindings);
  const places = [projectFolder, ...servedFrom.map(({ folder }) => folder), ...configs.map(({ folder }) => folder)];
  const folders = [...new Set(places)];
  return {
    folders,
    names: [...new Set(configs.flatMap(workerNames))],
    isNameless: own.length === 0 || configs.some(({ name }) => name === undefined),
    ...(mayBeVite && { mayBeVite }),
    namespaces: [...new Set(bindings.map((binding) => devId(binding).id))],
    ports: configs.flatMap(({ devPort }) => devPort ?? []),
    neighbours: neighbours.filter(({ folder }) => !folders.includes(folder)),
  };
}

/** The names under which a dev server of a config registers its Worker, unless it is given another name. */
export const workerNames = ({ name, environmentNames = [] }: WranglerConfig): readonly string[] =>
  name === undefined ? environmentNames : [name, ...environmentNames];
