import { existsSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import * as l10n from '@vscode/l10n';
import { type Disposable, Emitter, type Event } from '../core/base/event.ts';
import type { Memento } from '../core/base/memento.ts';
import { wayDown } from '../core/base/paths.ts';
import { runAtOnce, Slices } from '../core/base/slices.ts';
import type { SourceProblem } from '../core/store/store.ts';
import type { WranglerConfig } from '../wrangler/config.ts';
import { distinctLabels } from './distinctLabels.ts';
import { DevServers } from './explorer/devServers.ts';
import { inFolderOrder } from './folderOrder.ts';
import { FolderUsers } from './folderUsers.ts';
import { devId } from './localNamespaces.ts';
import { type ConfigFolder, idOf, type LocalProject, looksSame } from './localProject.ts';
import { LocalSource } from './localSource.ts';
import { workerNames } from './servedProject.ts';
import type { Neighbour } from './serving/ownership.ts';
import { SqliteClient } from './sqlite/client.ts';
import { defaultStateFolder, StateFolder } from './stateFolder.ts';

/** What was found in the workspace. All paths are absolute. */
export interface LocalFindings {
  readonly workspaceFolders: readonly string[];
  /** Other folders beside which wrangler has kept local KV. */
  readonly stateRoots?: readonly string[];
  readonly configs: readonly WranglerConfig[];
  /** Where the data of a folder's configs lies, if not in the usual place below it. */
  readonly statePlaces?: ReadonlyMap<string, string>;
  /** Folders that are, or may be, roots of Vite projects. */
  readonly viteRoots?: ReadonlySet<string>;
  /** Other problems. Each is shown at its folder, which gets a row for this alone if necessary. */
  readonly problems?: readonly PlacedProblem[];
  /** State folders from the setting, as given to `--persist-to`. */
  readonly stateFolders?: readonly string[];
  /** Links that lead out of the workspace are followed only if this is set. */
  readonly isTrusted?: boolean;
}

export interface PlacedProblem extends SourceProblem {
  readonly folder: string;
}

export interface LocalSourcesParts {
  readonly client?: SqliteClient;
  readonly servers?: DevServers;
  /** Remembers which project uses an additional state folder. */
  readonly memory?: Memento;
}

/** The local sources of the workspace: one for each folder with configs, and one for each additional state folder. */
export class LocalSources implements Disposable {
  readonly #client: SqliteClient;
  readonly #servers: DevServers;
  readonly #changed = new Emitter<void>();
  readonly #first = Promise.withResolvers<void>();
  readonly #all = Promise.withResolvers<void>();
  #sources: ReadonlyMap<string, LocalSource> = new Map();
  /** Ids of the known projects, by their places. */
  #ids: ReadonlyMap<string, string> = new Map();
  #surroundings: Surroundings | undefined;
  #findings: LocalFindings | undefined;
  readonly #slices = new Slices();
  /** Number of updates begun. An older update gives way to a newer one. */
  #turn = 0;
  #newest: Promise<boolean> = Promise.resolve(true);
  readonly #users: FolderUsers;
  /** Fires when sources came or went. Changes within one, including its configs, are the source's own event. */
  readonly onDidChange: Event<void> = this.#changed.event;
  /** Resolves after the first {@link update}. */
  readonly shown: Promise<void> = this.#first.promise;
  /** Resolves after {@link searched}. */
  readonly ready: Promise<void> = this.#all.promise;

  /** Takes ownership of `client` and `servers`. The thread behind the client starts with the first request. */
  constructor({ client = new SqliteClient(), servers = new DevServers(), memory }: LocalSourcesParts = {}) {
    this.#users = new FolderUsers(memory);
    this.#client = client;
    this.#servers = servers;
  }

  get sources(): readonly LocalSource[] {
    return [...this.#sources.values()];
  }

  /** A source stays the same object for as long as its project is found, even if its configs change. */
  update(findings: LocalFindings): void {
    runAtOnce(this.#updating(findings));
  }

  /**
   * Like {@link update}, but does not block the thread for long at a time: the old sources stay until all new ones are
   * made. Resolves when these findings, or newer ones, are shown.
   */
  async updateInSlices(findings: LocalFindings): Promise<void> {
    this.#newest = this.#slices.run(this.#updating(findings));
    let shown: Promise<boolean>;
    do shown = this.#newest;
    while (!(await shown) && shown !== this.#newest);
  }

  /** Returns whether these findings are shown; false if newer ones came in between. */
  *#updating(findings: LocalFindings): Generator<void, boolean> {
    const turn = ++this.#turn;
    this.#findings = findings;
    this.#learn();
    const next = new Map<string, LocalSource>();
    const ids = new Map<string, string>();
    this.#surroundings = surroundingsOf(findings, this.#surroundings);
    yield;
    for (const project of turn === this.#turn ? projects(findings, this.#surroundings, this.#users) : []) {
      const place = JSON.stringify([project.projectFolder, project.stateFolder]);
      const id = this.#ids.get(place) ?? idOf(project);
      ids.set(place, id);
      if (next.has(id)) continue;
      const known = this.#sources.get(id);
      if (known !== undefined && !sameProject(known.project, project)) known.update(project);
      next.set(id, known ?? new LocalSource(this.#client, project, this.#servers, id));
      yield;
      if (turn !== this.#turn) break;
    }
    const before = this.#sources;
    if (turn !== this.#turn) {
      for (const [id, source] of next) if (before.get(id) !== source) source.dispose();
      return false;
    }
    this.#sources = next;
    this.#ids = ids;
    for (const [id, source] of before) if (!next.has(id)) source.dispose();
    this.#first.resolve();
    if ([...before.keys()].join() !== [...next.keys()].join()) this.#changed.fire();
    return true;
  }

  /** Call this once the workspace has been searched, so that updates no longer cover only a part of it. */
  searched(): void {
    this.#first.resolve();
    this.#all.resolve();
  }

  /** Checks whether what could not be read can be read now. */
  async lookAgain(): Promise<void> {
    await Promise.all(this.sources.map((source) => source.lookAgain()));
  }

  /** A dev server came, went, or was found to keep its data elsewhere, perhaps in a state folder of the setting. */
  serversChanged(): void {
    if (this.#learn() && this.#findings) this.update(this.#findings);
  }

  /** Returns whether anything is news. */
  #learn(): boolean {
    let isChanged = false;
    for (const { status, project } of this.#sources.values()) {
      if (status.devServer !== 'elsewhere' || status.folder === undefined) continue;
      if (this.#users.note(status.folder, project.projectFolder)) isChanged = true;
    }
    return isChanged;
  }

  dispose(): void {
    this.#turn++;
    for (const source of this.#sources.values()) source.dispose();
    this.#sources = new Map();
    this.#changed.dispose();
    this.#client.dispose();
    this.#servers.dispose();
  }
}

/**
 * What all projects of a workspace have in common. It is as large as the workspace, so it is made and compared once for
 * all.
 */
interface Surroundings {
  readonly folders: readonly ConfigFolder[];
  readonly neighbours: readonly Neighbour[];
  readonly titles: ReadonlyMap<string, string>;
}

/** Reuses the previous object for everything that is unchanged. */
function surroundingsOf({ configs }: LocalFindings, before: Surroundings | undefined): Surroundings {
  const byFolder = Map.groupBy(configs, (config) => config.stateRoot ?? config.folder);
  const folders = [...byFolder].map(([folder, own]) => ({ folder, configs: own }));
  const neighbours = folders.map(({ folder, configs: own }) => ({ folder, names: own.flatMap(workerNames) }));
  const titles = [...titlesOf(configs)];
  return {
    folders: kept(before?.folders, folders),
    neighbours: kept(before?.neighbours, neighbours),
    titles: before && isSame([...before.titles], titles) ? before.titles : new Map(titles),
  };
}

const kept = <T>(before: T | undefined, now: T): T => (before !== undefined && isSame(before, now) ? before : now);

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const sameProject = (a: LocalProject, b: LocalProject): boolean =>
  looksSame(a, b) && a.neighbours === b.neighbours && a.servedFrom === b.servedFrom;

function projects(
  {
    workspaceFolders,
    stateRoots = [],
    configs,
    statePlaces = new Map(),
    viteRoots = new Set(),
    problems: found = [],
    stateFolders = [],
    isTrusted = true,
  }: LocalFindings,
  { folders, titles, neighbours }: Surroundings,
  users: Pick<FolderUsers, 'of'>,
): readonly LocalProject[] {
  const byFolder = new Map(folders.map(({ folder, configs: own }) => [folder, own]));
  const placed = Map.groupBy(found, ({ folder }) => folder);
  const named = new Set(stateFolders);
  const configsOf = (folder: string): readonly WranglerConfig[] => byFolder.get(folder) ?? [];
  const stateOf = (folder: string): string => statePlaces.get(folder) ?? defaultStateFolder(folder);
  const make = (
    projectFolder: string,
    stateFolder: string,
    suffix = '',
    own = configsOf(projectFolder),
  ): LocalProject => {
    const name = own.find((config) => config.name !== undefined)?.name ?? basename(projectFolder);
    const label = name + suffix;
    const isOwnState = stateFolder === stateOf(projectFolder);
    const besides = (isOwnState && placed.get(projectFolder)) || [];
    const problems = [...own.flatMap(problemOf), ...besides.map(({ folder: _, ...problem }) => problem)];
    return {
      projectFolder,
      stateFolder,
      name,
      label,
      configs: own,
      problems,
      titles,
      neighbours,
      ...(!isTrusted && { confinedTo: workspaceFolders }),
    };
  };
  const rows = inFolderOrder([...byFolder.keys()], workspaceFolders).map((folder) => {
    const project = make(folder, stateOf(folder));
    return named.has(project.stateFolder) || statePlaces.has(folder) ? { ...project, servedFrom: folders } : project;
  });
  const hasState = (stateFolder: string): boolean => existsSync(new StateFolder(stateFolder).kv);
  const others = new Set([...workspaceFolders, ...stateRoots, ...placed.keys(), ...statePlaces.keys()]);
  const stray = inFolderOrder([...others], workspaceFolders)
    .filter((folder) => !byFolder.has(folder) && (placed.has(folder) || hasState(stateOf(folder))))
    .map((folder) => {
      const project = make(folder, stateOf(folder));
      const problems = [...project.problems, ...configs.flatMap((config) => unusedOf(config, folder))];
      return { ...project, problems, servedFrom: folders };
    });
  const unused = [...statePlaces].flatMap(([folder, stateFolder]) => {
    const usual = defaultStateFolder(folder);
    if (usual === stateFolder || !hasState(usual)) return [];
    const message = l10n.t(
      'Only “wrangler dev” uses the data here: Vite keeps that of this folder in {0}.',
      stateFolder,
    );
    return { ...make(folder, usual, '', []), problems: [{ path: usual, message }], servedFrom: folders };
  });
  const extra = stateFolders.map((stateFolder) => {
    const projectFolder = owner(stateFolder, [...byFolder.keys()]) ?? owner(stateFolder, workspaceFolders);
    // It shows the namespaces of the project that uses it, wherever that lies. Its id depends on its place alone.
    const user = users.of(stateFolder);
    const project = make(
      ...([projectFolder ?? dirname(stateFolder), stateFolder, ` · ${basename(stateFolder)}`] as const),
      user === undefined ? undefined : byFolder.get(user),
    );
    return { ...project, servedFrom: folders };
  });
  const mayBeVite = ({ projectFolder, configs: own, servedFrom }: LocalProject): boolean =>
    viteRoots.has(projectFolder) ||
    (servedFrom !== undefined && viteRoots.size > 0) ||
    own.some(({ folder, isGenerated = false }) => isGenerated || viteRoots.has(folder));
  const all = [...rows, ...stray, ...unused, ...extra];
  return distinctLabels(all.map((project) => (mayBeVite(project) ? { ...project, mayBeVite: true } : project)));
}

/** The nearest of `folders` that holds `path`. */
const owner = (path: string, folders: readonly string[]): string | undefined =>
  folders.filter((folder) => (wayDown(folder, path) ?? '') !== '').sort((a, b) => b.length - a.length)[0];

function titlesOf(configs: readonly WranglerConfig[]): ReadonlyMap<string, string> {
  const titles = new Map<string, string>();
  for (const binding of configs.flatMap((config) => config.bindings)) {
    for (const id of [devId(binding).id, binding.id]) {
      if (id !== undefined && !titles.has(id)) titles.set(id, binding.name);
    }
  }
  return titles;
}

function problemOf({ path, folder, problem, shadowedBy, isShadowedByVite }: WranglerConfig): SourceProblem[] {
  if (problem) return [{ path, ...problem }];
  if (shadowedBy === undefined) return [];
  const used = relative(folder, shadowedBy);
  const message = isShadowedByVite
    ? l10n.t('Not used: the Vite config names {0}. To use this one, name it there as configPath.', used)
    : l10n.t('Not used: wrangler takes {0} in this folder. Delete one of them.', used);
  return [{ path, message }];
}

/** For a config whose data lies elsewhere: the state beside it is used by nobody. */
const unusedOf = ({ path, folder, stateRoot }: WranglerConfig, beside: string): SourceProblem[] =>
  folder === beside && stateRoot !== undefined
    ? [{ path, message: l10n.t('The data here is used by nobody: Vite keeps that of this config in {0}.', stateRoot) }]
    : [];
