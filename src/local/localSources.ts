import { existsSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import * as l10n from '@vscode/l10n';
import type { Disposable, Event } from '../core/base/event.ts';
import { Emitter } from '../core/base/event.ts';
import type { SourceProblem } from '../core/store/store.ts';
import type { WranglerConfig } from '../wrangler/config.ts';
import { distinctLabels } from './distinctLabels.ts';
import { DevServers } from './explorer/devServers.ts';
import { devId } from './localNamespaces.ts';
import type { LocalProject } from './localSource.ts';
import { LocalSource } from './localSource.ts';
import { workerNames } from './servedProject.ts';
import { SqliteClient } from './sqlite/client.ts';
import { defaultStateFolder, localSourceId, StateFolder } from './stateFolder.ts';

/** What was found in the workspace. All paths are absolute. */
export interface LocalFindings {
  readonly workspaceFolders: readonly string[];
  /** Further folders beside which wrangler has kept local KV. */
  readonly stateRoots?: readonly string[];
  readonly configs: readonly WranglerConfig[];
  /** Folders given to `--persist-to`, by the setting. */
  readonly stateFolders?: readonly string[];
  /** Links that lead out of the workspace are followed. */
  readonly isTrusted?: boolean;
}

export interface LocalSourcesParts {
  readonly client?: SqliteClient;
  readonly servers?: DevServers;
}

/** The local sources of the workspace: one for each folder with configs, and one for each further state folder. */
export class LocalSources implements Disposable {
  readonly #client: SqliteClient;
  readonly #servers: DevServers;
  readonly #changed = new Emitter<void>();
  readonly #first = Promise.withResolvers<void>();
  #sources: ReadonlyMap<string, LocalSource> = new Map();
  #findings: LocalFindings | undefined;
  /** Which project's dev server was seen to keep its data in a folder, by its `kv`; kept when the server has stopped. */
  readonly #users = new Map<string, string>();
  /** Sources came or went; what changes within one, its configs included, is the source's own event. */
  readonly onDidChange: Event<void> = this.#changed.event;
  /** Resolves with the first {@link update}. */
  readonly ready: Promise<void> = this.#first.promise;

  /** Owns both. The thread behind the client starts with the first request. */
  constructor({ client = new SqliteClient(), servers = new DevServers() }: LocalSourcesParts = {}) {
    this.#client = client;
    this.#servers = servers;
  }

  get sources(): readonly LocalSource[] {
    return [...this.#sources.values()];
  }

  /** A source stays the same object for as long as its project is found, whatever changes in its configs. */
  update(findings: LocalFindings): void {
    this.#findings = findings;
    this.#learn();
    const next = new Map<string, LocalSource>();
    for (const project of projects(findings, this.#users)) {
      const id = localSourceId(project.projectFolder, project.stateFolder);
      if (next.has(id)) continue;
      const known = this.#sources.get(id);
      if (known !== undefined && !sameProject(known.project, project)) known.update(project);
      next.set(id, known ?? new LocalSource(this.#client, project, this.#servers));
    }
    const before = this.#sources;
    this.#sources = next;
    for (const [id, source] of before) if (!next.has(id)) source.dispose();
    this.#first.resolve();
    if ([...before.keys()].join() !== [...next.keys()].join()) this.#changed.fire();
  }

  /** A dev server came, went, or was found to keep its data elsewhere: a folder of the setting may be that. */
  serversChanged(): void {
    if (this.#learn() && this.#findings) this.update(this.#findings);
  }

  /** Whether anything is news. */
  #learn(): boolean {
    let isNews = false;
    for (const { status, project } of this.#sources.values()) {
      if (status.devServer !== 'elsewhere' || status.folder === undefined) continue;
      const { kv } = new StateFolder(status.folder);
      isNews ||= this.#users.get(kv) !== project.projectFolder;
      this.#users.set(kv, project.projectFolder);
    }
    return isNews;
  }

  dispose(): void {
    for (const source of this.#sources.values()) source.dispose();
    this.#sources = new Map();
    this.#changed.dispose();
    this.#client.dispose();
    this.#servers.dispose();
  }
}

const sameProject = (a: LocalProject, b: LocalProject): boolean =>
  a.stateFolder === b.stateFolder && JSON.stringify(comparable(a)) === JSON.stringify(comparable(b));
const comparable = ({ titles, ...rest }: LocalProject): unknown => ({ ...rest, titles: [...titles] });

function projects(
  { workspaceFolders, stateRoots = [], configs, stateFolders = [], isTrusted = true }: LocalFindings,
  users: ReadonlyMap<string, string>,
): readonly LocalProject[] {
  const byFolder = Map.groupBy(configs, (config) => config.stateRoot ?? config.folder);
  const titles = titlesOf(configs);
  const folders = [...byFolder].map(([folder, own]) => ({ folder, configs: own }));
  const neighbours = folders.map(({ folder, configs: own }) => ({ folder, names: own.flatMap(workerNames) }));
  const named = new Set(stateFolders);
  const configsOf = (folder: string): readonly WranglerConfig[] => byFolder.get(folder) ?? [];
  const make = (
    projectFolder: string,
    stateFolder: string,
    suffix = '',
    own = configsOf(projectFolder),
  ): LocalProject => {
    const name = own.find((config) => config.name !== undefined)?.name ?? basename(projectFolder);
    const label = name + suffix;
    const problems = own.flatMap(problemOf);
    return {
      ...{ projectFolder, stateFolder, name, label, configs: own, problems, titles, neighbours },
      ...(!isTrusted && { confinedTo: workspaceFolders }),
    };
  };
  const found = [...byFolder.keys()].map((folder) => {
    const project = make(folder, defaultStateFolder(folder));
    return named.has(project.stateFolder) ? { ...project, servedFrom: folders } : project;
  });
  const stray = [...new Set([...workspaceFolders, ...stateRoots])]
    .filter((folder) => !byFolder.has(folder) && existsSync(new StateFolder(defaultStateFolder(folder)).kv))
    .map((folder) => {
      const project = make(folder, defaultStateFolder(folder));
      return { ...project, problems: configs.flatMap((config) => unusedOf(config, folder)), servedFrom: folders };
    });
  const extra = stateFolders.map((stateFolder) => {
    const projectFolder = owner(stateFolder, [...byFolder.keys()]) ?? owner(stateFolder, workspaceFolders);
    // What it shows are the namespaces of whoever uses it, wherever it lies; its id goes by the place alone.
    const user = users.get(new StateFolder(stateFolder).kv);
    const project = make(
      ...([projectFolder ?? dirname(stateFolder), stateFolder, ` · ${basename(stateFolder)}`] as const),
      user === undefined ? undefined : configsOf(user),
    );
    return { ...project, servedFrom: folders };
  });
  return distinctLabels([...found, ...stray, ...extra]);
}

/** The nearest of `folders` that holds `path`. */
const owner = (path: string, folders: readonly string[]): string | undefined =>
  folders.filter((folder) => isInside(path, folder)).sort((a, b) => b.length - a.length)[0];

const isInside = (path: string, folder: string): boolean => {
  const below = relative(folder, path);
  return below !== '' && !below.startsWith('..') && join(folder, below) === path;
};

function titlesOf(configs: readonly WranglerConfig[]): ReadonlyMap<string, string> {
  const titles = new Map<string, string>();
  for (const binding of configs.flatMap((config) => config.bindings)) {
    for (const id of [devId(binding).id, binding.id]) {
      if (id !== undefined && !titles.has(id)) titles.set(id, binding.name);
    }
  }
  return titles;
}

function problemOf({ path, problem, shadowedBy }: WranglerConfig): SourceProblem[] {
  if (problem) return [{ path, ...problem }];
  if (shadowedBy === undefined) return [];
  const message = l10n.t('Not used: wrangler takes {0} in this folder. Delete one of them.', basename(shadowedBy));
  return [{ path, message }];
}

/** Of a config whose data lies elsewhere: what lies beside it is nobody's. */
const unusedOf = ({ path, folder, stateRoot }: WranglerConfig, beside: string): SourceProblem[] =>
  folder === beside && stateRoot !== undefined
    ? [{ path, message: l10n.t('The data here is used by nobody: Vite keeps that of this config in {0}.', stateRoot) }]
    : [];
