import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import * as vscode from 'vscode';
import { isKvError, KvError } from './core/base/errors.ts';
import { Slices } from './core/base/slices.ts';
import { shortText } from './core/store/names.ts';
import { isMended, unreadableFolder } from './local/folderFault.ts';
import { FolderWatch } from './local/folderWatch.ts';
import type { LocalSources, PlacedProblem } from './local/localSources.ts';
import type { Settings } from './settings.ts';
import type { BindingChange } from './wrangler/bindingPlan.ts';
import type { WranglerConfig } from './wrangler/config.ts';
import { searchConfigs as search } from './wrangler/configSearch.ts';
import type { HiddenBelow } from './wrangler/configSearchProtocol.ts';
import { type FoundFiles, isSkipped } from './wrangler/findConfigs.ts';
import { isBelow, NOTHING, union, without } from './wrangler/foundFiles.ts';
import { NewFolders } from './wrangler/newFolders.ts';
import { type PlacedHint, ProjectReader } from './wrangler/projectReader.ts';
import { Showing } from './wrangler/showing.ts';

/** How long changes of configs are gathered before they are read again, in milliseconds. */
const GATHER_MS = 200;
/** How often what a search has found so far is shown while it goes on. */
const SHOW_MS = 300;
/** When a workspace in which nothing was found is searched once more, in milliseconds. */
const SECOND_LOOK_MS = 5000;
/** Everything that says where local KV lies. VS Code's globs have no braces within braces. */
const FILES_GLOBS = [
  '**/wrangler.{toml,json,jsonc}',
  '**/vite.config.{js,mjs,cjs,ts,mts,cts}',
  '**/.wrangler/deploy/config.json',
] as const;

type ProjectSettings = Pick<Settings, 'stateFolders' | 'configs' | 'onDidChange'>;

/** Keeps the local sources in step with the wrangler configs of the workspace. */
export class Projects implements vscode.Disposable {
  readonly #sources: LocalSources;
  readonly #settings: ProjectSettings;
  readonly #report: (what: string, error: unknown) => void;
  readonly #searchConfigs: typeof search;
  readonly #secondLookMs: number;
  readonly #configsChanged = new vscode.EventEmitter<void>();
  readonly #reader = new ProjectReader();
  /** Of the folders that hold configs: a folder that goes as a whole is not told of by its files. */
  readonly #folders = new Map<string, FolderWatch>();
  #found: FoundFiles = NOTHING;
  /** Folders that the last search could not read. */
  #unreadable: ReadonlyMap<string, unknown> = new Map();
  /** Of other names, by the setting. */
  #named: readonly string[] = [];
  #watchers: vscode.Disposable[] = [];
  /** What they watch. */
  #watched = '';
  readonly #newFolders = new NewFolders(workspaceFolders, (paths) => {
    this.#searchNewFolders(paths).catch((error: unknown) => {
      // A search of everything has begun meanwhile.
      if (!isKvError(error, 'cancelled')) this.#report('search a new folder for wrangler configs', error);
    });
  });
  #configs: readonly WranglerConfig[] = [];
  /** Readings begun, and the newest one that is shown: a slower, older one is not shown after it. */
  #turn = 0;
  #shown = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #secondLook: ReturnType<typeof setTimeout> | undefined;
  #pruning: NodeJS.Immediate | undefined;
  /** What the timer waits to do: to search, or to read again what is known. */
  #isSearchDue = false;
  #searching = new AbortController();
  #newest: Promise<void> = Promise.resolve();
  readonly #slices = new Slices();
  #isDisposed = false;
  /** Somebody offers to update the generated types of a config whose bindings change: nobody else need tell of it. */
  offersTypes = false;
  /** The {@link configs} are others now. */
  readonly onDidChangeConfigs = this.#configsChanged.event;

  constructor(
    sources: LocalSources,
    settings: ProjectSettings,
    report: (what: string, error: unknown) => void,
    searchConfigs: typeof search = search,
    secondLookMs = SECOND_LOOK_MS,
  ) {
    this.#sources = sources;
    this.#settings = settings;
    this.#report = report;
    this.#searchConfigs = searchConfigs;
    this.#secondLookMs = secondLookMs;
  }

  /** Searches the workspace for the first time and follows it from then on, until the result is disposed. */
  start(): vscode.Disposable {
    const soon = (): void => this.#searchSoon();
    void this.search().then(() => this.#lookOnceMore());
    return vscode.Disposable.from(
      vscode.workspace.onDidChangeWorkspaceFolders(soon),
      vscode.workspace.onDidGrantWorkspaceTrust(soon),
      // Not every system tells that a folder may be read again.
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused) this.#lookAgain();
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('files.exclude')) soon();
      }),
      this.#settings.onDidChange((changed) => {
        if (changed.has('stateFolders') || changed.has('configs')) soon();
      }),
    );
  }

  /** Every wrangler config found, the broken ones included. */
  get configs(): readonly WranglerConfig[] {
    return this.#configs;
  }

  /**
   * Adds a KV binding to a config, or the id it lacks, and looks at it again; false when it was all there. Rejects as
   * `addBinding` of the configs does, with `conflict` while an editor has unsaved changes of the file, and with
   * `unsupported` for a file that is made by a build tool.
   */
  async addBinding(path: string, change: BindingChange): Promise<boolean> {
    this.#checkWritten(path);
    checkSaved(path);
    const { addBinding } = await import('./wrangler/editing.lazy.ts');
    const changed = await addBinding(path, change);
    this.#reader.forget(path);
    await this.#read();
    return changed;
  }

  /** Rejects as {@link addBinding} would; changes nothing. */
  async checkBinding(path: string, change: BindingChange): Promise<void> {
    this.#checkWritten(path);
    checkSaved(path);
    const { checkBinding } = await import('./wrangler/editing.lazy.ts');
    await checkBinding(path, change);
  }

  #checkWritten(path: string): void {
    const own = this.#configs.filter((config) => config.path === path);
    if (own.length === 0 || own.some(({ isGenerated }) => !isGenerated)) return;
    throw new KvError(
      'unsupported',
      vscode.l10n.t(
        '{0} is made by a build tool, which would undo the change. Add the binding to the config that it is made from.',
        vscode.workspace.asRelativePath(path),
      ),
    );
  }

  /** Searches the workspace anew; a search that is running is given up for it, and ends with it. */
  async search(): Promise<void> {
    this.#isSearchDue = false;
    this.#searching.abort();
    this.#searching = new AbortController();
    this.#newest = this.#search(this.#searching.signal);
    await this.searched();
  }

  /** Resolves when no search is under way. */
  async searched(): Promise<void> {
    let awaited: Promise<void>;
    do {
      awaited = this.#newest;
      await awaited;
    } while (awaited !== this.#newest);
  }

  async #search(signal: AbortSignal): Promise<void> {
    const folders = workspaceFolders();
    const unreadable = new Map<string, unknown>();
    this.#reader.forgetAll();
    try {
      const showing = new Showing(SHOW_MS, async (files) => {
        if (signal.aborted) return;
        // What was there before stays until the end tells that it is gone.
        this.#found = union(this.#found, files);
        await this.#read(signal);
      });
      const [found, named] = await Promise.all([
        this.#searchConfigs(folders, {
          ...{ signal, hidden: folders.map(hiddenBelow) },
          onFound: (files) => showing.show(files),
          onUnreadable: (folder, error) => unreadable.set(folder, error),
          onUnusable: (glob, error) => this.#report(`read the glob “${shortText(glob)}” of files.exclude`, error),
        })
          .catch((error: unknown) => {
            if (!signal.aborted) this.#report('search the workspace for wrangler configs', error);
            return undefined;
          })
          .finally(() => showing.stop()),
        this.#findNamed(folders),
      ]);
      if (signal.aborted) return;
      if (found !== undefined) this.#unreadable = unreadable;
      // Where the search failed, what was found before in the folders that are open stays.
      this.#found = found ?? without(this.#found, (path) => !folders.some((folder) => isBelow(path, folder)));
      this.#named = named;
      await this.#read(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#report('show the wrangler configs of the workspace', error);
      // Whoever waits for the first search must not wait for good.
      if (this.#shown > 0) return;
      this.#sources.update({ workspaceFolders: folders, configs: [], isTrusted: vscode.workspace.isTrusted });
    }
  }

  /** Reads what changed of the files that are known, and shows it. */
  async #read(signal?: AbortSignal): Promise<void> {
    const turn = ++this.#turn;
    const { stateRoots, configs: paths } = this.#found;
    const [configs, vite] = await Promise.all([
      this.#reader.read({ ...this.#found, configs: [...new Set([...paths, ...this.#named])] }),
      this.#reader.vite(this.#found),
    ]);
    if (signal?.aborted || turn < this.#shown) return;
    this.#shown = turn;
    const folders = workspaceFolders();
    const before = this.#configs;
    this.#configs = configs;
    await this.#sources.updateInSlices({
      ...{ workspaceFolders: folders, configs, stateRoots, statePlaces: vite.stateFolders },
      problems: [...unreadableFolders(this.#unreadable), ...vite.hints.map(hintProblem)],
      stateFolders: stateFolders(this.#settings.stateFolders, folders),
      isTrusted: vscode.workspace.isTrusted,
    });
    // A newer reading, shown meanwhile, knows better.
    if (turn === this.#shown) {
      const watched = [...configs.map(({ folder }) => folder), ...stateRoots, ...this.#unreadable.keys()];
      await this.#watchFolders(new Set(watched), () => turn === this.#shown);
    }
    if (JSON.stringify(configs) !== JSON.stringify(before)) this.#configsChanged.fire();
  }

  async #findNamed(folders: readonly string[]): Promise<readonly string[]> {
    const patternsOf = (globs: readonly string[]) =>
      folders.flatMap((folder) => globs.map((glob) => new vscode.RelativePattern(vscode.Uri.file(folder), glob)));
    const patterns = patternsOf(this.#settings.configs);
    const watched = JSON.stringify([folders, this.#settings.configs]);
    if (watched !== this.#watched) {
      this.#watched = watched;
      for (const watcher of this.#watchers.splice(0)) watcher.dispose();
      this.#watchers = [
        ...[...patternsOf(FILES_GLOBS), ...patterns].map((pattern) => this.#watch(pattern)),
        ...patternsOf(['**']).map((pattern) => this.#watchNewFolders(pattern)),
      ];
    }
    const found = await Promise.all(
      patterns.map(async (pattern) => {
        try {
          return await vscode.workspace.findFiles(pattern, '**/node_modules/**');
        } catch (error) {
          this.#report(`find “${shortText(pattern.pattern)}” of cloudflareKv.local.configs`, error);
          return [];
        }
      }),
    );
    return [...new Set(found.flat().map(({ fsPath }) => fsPath))].sort();
  }

  #watch(glob: vscode.GlobPattern): vscode.Disposable {
    const watcher = vscode.workspace.createFileSystemWatcher(glob);
    const known = ({ fsPath }: vscode.Uri): void => this.#touched(fsPath);
    return vscode.Disposable.from(
      watcher,
      watcher.onDidChange(known),
      watcher.onDidDelete(known),
      watcher.onDidCreate(({ fsPath }) => {
        if (this.#isKnown(fsPath)) this.#touched(fsPath);
        else if (!isSkipped(fsPath.replace(`${sep}.wrangler${sep}`, sep), workspaceFolders())) this.#searchSoon();
      }),
    );
  }

  /** A folder that comes with its content, as from a scaffold or a checkout, may be all that a watcher tells of. */
  #watchNewFolders(glob: vscode.GlobPattern): vscode.Disposable {
    const watcher = vscode.workspace.createFileSystemWatcher(glob, false, true, true);
    return vscode.Disposable.from(
      watcher,
      watcher.onDidCreate(({ fsPath }) => this.#newFolders.add(fsPath)),
    );
  }

  async #searchNewFolders(paths: readonly string[]): Promise<void> {
    const { signal } = this.#searching;
    const found = await this.#searchConfigs(paths, {
      ...{ signal, hidden: workspaceFolders().map(hiddenBelow), areParts: true },
    });
    if (signal.aborted || Object.values(found).every((files) => files.length === 0)) return;
    const all = union(this.#found, found);
    if (JSON.stringify(all) === JSON.stringify(this.#found)) return;
    this.#found = all;
    await this.#read();
  }

  #touched(path: string): void {
    if (existsSync(path)) this.#readSoon(path);
    else this.#gone(path);
  }

  #gone(path: string): void {
    this.#found = without(this.#found, (one) => one === path);
    this.#named = this.#named.filter((one) => one !== path);
    this.#readSoon(path);
  }

  /**
   * A folder of ours went or came. What went with it goes at once: a search would tell of it only at its end. It is
   * searched all the same, for what came in its place or under another name.
   */
  #folderChanged(folder: string): void {
    this.#searchSoon();
    if (existsSync(folder)) return;
    this.#found = without(this.#found, (path) => isBelow(path, folder));
    this.#named = this.#named.filter((path) => !isBelow(path, folder));
    this.#unreadable = new Map([...this.#unreadable].filter(([path]) => !isBelow(path, folder)));
    // Of many folders that go together each is told of.
    this.#pruning ??= setImmediate(() => {
      this.#pruning = undefined;
      this.#readNow();
    });
  }

  /** What came while VS Code's watchers were starting is told of by nobody: one just makes the first config there. */
  #lookOnceMore(): void {
    if (this.#isDisposed || this.#configs.length > 0) return;
    this.#secondLook = setTimeout(() => {
      if (this.#configs.length === 0) this.#searchSoon();
    }, this.#secondLookMs);
  }

  /** Looks whether what could not be read can be read now: there is little of it. */
  #lookAgain(): void {
    this.#sources.lookAgain().catch((error: unknown) => this.#report('look at local KV again', error));
    for (const [path, error] of this.#unreadable) {
      isMended(path, error).then(
        (isIt) => {
          if (isIt && this.#unreadable.get(path) === error) this.#searchSoon();
        },
        // It cannot be read still.
        () => {},
      );
    }
  }

  #isKnown(path: string): boolean {
    const { configs, viteConfigs, redirects } = this.#found;
    return [configs, viteConfigs, redirects, this.#named].some((paths) => paths.includes(path));
  }

  /** Where a folder goes, its row goes; where it comes back, its files are told of. */
  async #watchFolders(folders: ReadonlySet<string>, isWanted: () => boolean): Promise<void> {
    for (const [folder, watch] of this.#folders) {
      if (folders.has(folder)) continue;
      watch.dispose();
      this.#folders.delete(folder);
    }
    for (const folder of folders) {
      // Each takes a number of calls to the system.
      await this.#slices.pause();
      if (this.#isDisposed || !isWanted()) return;
      if (this.#folders.has(folder)) continue;
      this.#folders.set(
        folder,
        new FolderWatch(folder, (name) => {
          if (name === undefined) this.#folderChanged(folder);
          else if (this.#isKnown(join(folder, name))) this.#touched(join(folder, name));
          else if (this.#unreadable.has(folder)) this.#lookAgain();
        }),
      );
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#secondLook);
    this.#newFolders.dispose();
    clearImmediate(this.#pruning);
    this.#searching.abort();
    for (const watch of this.#folders.values()) watch.dispose();
    vscode.Disposable.from(...this.#watchers).dispose();
    this.#configsChanged.dispose();
  }

  #searchSoon(): void {
    this.#isSearchDue = true;
    this.#actSoon();
  }

  #readSoon(path: string): void {
    this.#reader.forget(path);
    this.#actSoon();
  }

  #actSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#isSearchDue) void this.search();
      else this.#readNow();
    }, GATHER_MS);
  }

  #readNow(): void {
    this.#read().catch((error: unknown) => this.#report('read the wrangler configs', error));
  }
}

function unreadableFolders(unreadable: ReadonlyMap<string, unknown>): PlacedProblem[] {
  return [...unreadable].flatMap(([path, error]) => {
    const problem = unreadableFolder(path, error);
    const folder = basename(path) === '.wrangler' ? dirname(path) : path;
    return problem ? { ...problem, folder } : [];
  });
}

const hintProblem = ({ path, line, root, about }: PlacedHint): PlacedProblem => ({
  ...{ path, line, folder: root },
  message: hintText(about),
});

function hintText(about: PlacedHint['about']): string {
  switch (about) {
    case 'configPath':
      return vscode.l10n.t(
        'The path of the wrangler config is computed here, so nobody knows which one Vite takes before it runs. Write it as plain text, as in configPath: "./wrangler.jsonc".',
      );
    case 'persistState':
      return vscode.l10n.t(
        'Where Vite keeps local data is computed here, so nobody knows the folder before it runs. Write it as plain text, as in persistState: { path: "./state" }.',
      );
    case 'notKept':
      return vscode.l10n.t(
        'Vite keeps no local data of this project: persistState is false, so what its Worker reads and writes is not shown here.',
      );
  }
}

const workspaceFolders = (): string[] =>
  (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => (uri.scheme === 'file' ? uri.fsPath : []));

/** What the setting `files.exclude` hides; conditions on files beside it are left alone. */
function hiddenBelow(folder: string): HiddenBelow {
  const settings = vscode.workspace.getConfiguration('files', vscode.Uri.file(folder));
  const entries = Object.entries(settings.get<Readonly<Record<string, unknown>>>('exclude', {}));
  return { folder, globs: entries.flatMap(([glob, isOn]) => (isOn === true ? glob : [])) };
}

function checkSaved(path: string): void {
  const open = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'file' && uri.fsPath === path);
  if (!open?.isDirty) return;
  throw new KvError(
    'conflict',
    vscode.l10n.t('{0} has unsaved changes. Save it and try again.', vscode.workspace.asRelativePath(path)),
  );
}

/** The `--persist-to` folders of the setting, absolute. One outside the workspace is read only in a trusted workspace. */
function stateFolders(configured: readonly string[], folders: readonly string[]): string[] {
  const absolute = configured.flatMap((folder) =>
    isAbsolute(folder) ? folder : folders.map((base) => join(base, folder)),
  );
  const inside = (folder: string): boolean =>
    vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folder)) !== undefined;
  return vscode.workspace.isTrusted ? absolute : absolute.filter(inside);
}
