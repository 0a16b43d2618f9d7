import { basename, dirname, join, resolve } from 'node:path';
import { isWithin } from '../../core/base/paths.ts';
import { type DevServer, scopesOf } from '../explorer/identity.ts';
import type { ServerProcess } from './processes.ts';
import { realPlace } from './realPlace.ts';

/** A folder of the workspace with configs, and the Workers that they name. */
export interface Neighbour {
  /** Absolute. */
  readonly folder: string;
  readonly names: readonly string[];
}

/** What a dev server of a project can be recognised by. */
export interface ServedProject {
  /** Absolute paths. A server that was started with a config in one of them belongs to the project. */
  readonly folders: readonly string[];
  /** Names of its Workers. */
  readonly names: readonly string[];
  /** It has no config, or one without a Worker name, so wrangler makes up a name: a UUID. */
  readonly isNameless?: boolean;
  /** The project may be served by Vite, whose plugin may register where nobody looks. */
  readonly mayBeVite?: boolean;
  /** Ids of its namespaces. */
  readonly namespaces: readonly string[];
  /** `dev.port` of its configs. */
  readonly ports: readonly number[];
  /** The other projects of the workspace. */
  readonly neighbours?: readonly Neighbour[];
}

/**
 * Whose a server is. `second`: it runs a Worker of the project with the state of another project, which is in `folder`.
 */
export type Claim = { readonly kind: 'own' | 'other' } | { readonly kind: 'second'; readonly folder: string };

/**
 * Tells whose a server is: by its folder if the server reports it, or else by a Worker's name, or else by its
 * namespaces. `isFar` is for a project whose folders may have other paths for the server, as in a container.
 */
export function claimTest(project: ServedProject, isFar = false): (server: DevServer) => Claim {
  const scopes = new Set(project.folders.flatMap(scopesOf));
  const names = new Set(project.names);
  const namespaces = new Set(project.namespaces);
  return ({ workers, namespaces: bound }) => {
    const isBinding = bound.some((id) => namespaces.has(id));
    if (workers.length === 0) return { kind: isBinding ? 'own' : 'other' };
    const isOwn = workers.some(({ name, scope }) => (scope === undefined ? names.has(name) : scopes.has(scope)));
    if (isOwn || (isFar && (isBinding || workers.some(({ name }) => names.has(name))))) return { kind: 'own' };
    for (const { name, scope } of workers) {
      // A neighbour with a Worker of that name is a copy of the project, and runs its own Worker.
      const neighbour = project.neighbours?.find(
        (one) => scope !== undefined && !one.names.includes(name) && scopesOf(one.folder).includes(scope),
      );
      if (names.has(name) && neighbour) return { kind: 'second', folder: neighbour.folder };
    }
    return { kind: 'other' };
  };
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a Worker of the project would register under this name. */
export const isRegisteredFor = ({ names, isNameless = false }: ServedProject, { name }: { name: string }): boolean =>
  names.includes(name) || (isNameless && UUID.test(name));

/** Options that name the folder of a server, with the value in the next word or after a `=`. */
const PLACE_OPTION = /^(?:-c|--config|--cwd)(?:=(.*))?$/;
const FOLDER_OPTION = '--cwd';

/**
 * The processes that were started for the project: with one of its configs or in one of its folders, unless that
 * belongs to a neighbour inside it. A path through a link counts in both forms, because the system reports the real
 * path of a process.
 */
export async function startedFor(
  { folders, neighbours = [] }: ServedProject,
  processes: readonly ServerProcess[],
): Promise<ReadonlySet<ServerProcess>> {
  if (processes.length === 0) return new Set();
  const [own, started] = await Promise.all([
    bothPaths(folders),
    Promise.all(processes.map(async (process) => ({ process, places: await placesOf(process) }))),
  ]);
  const isInside = (place: string): boolean => own.some((folder) => isWithin(place, folder));
  const inside = started.filter(({ places }) => places.some(isInside));
  if (inside.length === 0) return new Set();
  const around = [...own, ...(await bothPaths(neighbours.map(({ folder }) => folder)))];
  const isOwn = (place: string): boolean => {
    const [nearest] = around.filter((folder) => isWithin(place, folder)).sort((a, b) => b.length - a.length);
    return nearest !== undefined && own.includes(nearest);
  };
  return new Set(inside.flatMap(({ process, places }) => (places.some(isOwn) ? process : [])));
}

/** The places named on a process's command line, or else the folder where it was started. */
async function placesOf({ folder: start, words }: ServerProcess): Promise<readonly string[]> {
  if (start === undefined) return [];
  const named = words.flatMap((word, index) => {
    const found = PLACE_OPTION.exec(word);
    const place = found === null ? undefined : (found[1] ?? words[index + 1]);
    return place === undefined ? [] : { place: resolve(start, place), isFolder: word.startsWith(FOLDER_OPTION) };
  });
  if (named.length === 0) return [start];
  const both = named.map(async ({ place, isFolder }) => [
    place,
    // A config that is a link belongs to the folder that contains the link.
    isFolder ? await realPlace(place) : join(await realPlace(dirname(place)), basename(place)),
  ]);
  return (await Promise.all(both)).flat();
}

const bothPaths = async (paths: readonly string[]): Promise<readonly string[]> => [
  ...new Set([...paths, ...(await Promise.all(paths.map(realPlace)))]),
];
