import type { WranglerConfig } from './config.ts';
import { isUsualName, unused, withoutShadowed } from './preferred.ts';
import type { ViteProject } from './viteProjects.ts';

/**
 * The configs with the folders beside which their data lies; a config that several Vite projects name appears once for
 * each of them. Configs that neither wrangler nor Vite uses are marked, and have no bindings.
 */
export function placedConfigs(
  configs: readonly WranglerConfig[],
  projects: readonly ViteProject[],
): readonly WranglerConfig[] {
  const known = new Map(configs.map((config) => [config.path, config]));
  const chosen = chosenIn(projects, known);
  const all = withoutShadowed(configs);
  const usual = new Map(all.filter(isUsual).map(({ folder, path }) => [folder, path]));
  const places = projects.flatMap((project) => placesOf(project, chosen.has(project.root) ? undefined : usual));
  const isPlaced = new Set(places.map(({ path }) => path));
  const others = all.filter(({ path }) => !isPlaced.has(path));
  return [
    ...others.map((config) => withoutReplaced(config, chosen.get(config.folder))),
    ...new Map(places.map((place) => [JSON.stringify(place), placedAt(place, known)])).values(),
  ].filter((config) => config !== undefined);
}

interface Place {
  readonly path: string;
  readonly root: string;
}

/**
 * An app is represented by its own Worker, which comes before those that run beside it. It uses the config in `usual`,
 * which are by folder, unless another one is known to be used.
 */
const placesOf = ({ root, own, auxiliary }: ViteProject, usual?: ReadonlyMap<string, string>): Place[] =>
  [usual?.get(root) ?? [], own, auxiliary].flat().map((path) => ({ path, root }));

const isUsual = ({ path, shadowedBy }: WranglerConfig): boolean => isUsualName(path) && shadowedBy === undefined;

function placedAt({ path, root }: Place, known: ReadonlyMap<string, WranglerConfig>): WranglerConfig | undefined {
  const config = known.get(path);
  return config && root !== config.folder ? { ...config, stateRoot: root } : config;
}

/** The config that each root uses if one is named for it, unless that does not exist. */
function chosenIn(
  projects: readonly ViteProject[],
  known: ReadonlyMap<string, WranglerConfig>,
): ReadonlyMap<string, string> {
  const exists = (path: string): boolean => known.get(path)?.isMissing === undefined;
  return new Map(
    projects.flatMap(({ root, own }) =>
      own.filter((path) => known.has(path) && exists(path)).map((path) => [root, path]),
    ),
  );
}

/** Vite only looks for a config by itself if none is named. */
const withoutReplaced = (config: WranglerConfig, chosen: string | undefined): WranglerConfig =>
  chosen !== undefined && isUsualName(config.path) ? { ...unused(config, chosen), isShadowedByVite: true } : config;
