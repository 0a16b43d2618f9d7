import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { isKvError } from '../core/base/errors.ts';
import { isWithin } from '../core/base/paths.ts';
import { shortText } from '../core/store/names.ts';
import { isMended } from '../local/folderFault.ts';
import type { LocalSources } from '../local/localSources.ts';
import type { Settings } from '../settings.ts';
import type { BindingChange } from '../wrangler/bindingPlan.ts';
import type { WranglerConfig } from '../wrangler/config.ts';
import { searchConfigs as search } from '../wrangler/configSearch.ts';
import type { FoundFiles } from '../wrangler/findConfigs.ts';
import { NOTHING, union, without } from '../wrangler/foundFiles.ts';
import { ProjectReader } from '../wrangler/projectReader.ts';
import { readProjectText } from '../wrangler/readProjectText.ts';
import { Showing } from '../wrangler/showing.ts';
import { checkEditable } from './checkEditable.ts';
import { hintProblem, unreadableFolders } from './projectProblems.ts';
import { patternsIn, WatchedFiles } from './watchedFiles.ts';
import { WatchedFolders } from './watchedFolders.ts';
import { hiddenBelow, readableFolders, stateFolders, workspaceFolders } from './workspace.ts';

/** How long to collect changes of configs before reading them again, in milliseconds. */
const GATHER_MS = 200;
/** How often to show the results so far of a running search, in milliseconds. */
const SHOW_MS = 300;
/** When to search a workspace once more in which nothing was found, in milliseconds. */
const SECOND_LOOK_MS = 5000;
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
  readonly #files = new WatchedFiles({
    isKnown: (path) => this.#isKnown(path),
    touched: (path) => this.#touched(path),
    appeared: () => this.#searchSoon(),
    foldersAppeared: (paths) => {
      this.#searchNewFolders(paths).catch((error: unknown) => {
        // A search of everything has begun meanwhile.
        if (!isKvError(error, 'cancelled')) this.#report('search a new folder for wrangler configs', error);
      });
    },
  });
  readonly #folders = new WatchedFolders((folder, name) => {
    if (name === undefined) this.#folderChanged(folder);
    else if (this.#isKnown(join(folder, name))) this.#touched(join(folder, name));
    else if (this.#unreadable.has(folder)) this.#lookAgain();
  });
  #found: FoundFiles = NOTHING;
  /** Folders that the last search could not read. */
  #unreadable: ReadonlyMap<string, unknown> = new Map();
  /** Configs with other file names, from the setting `local.configs`. */
  #named: readonly string[] = [];
  #configs: readonly WranglerConfig[] = [];
  /** The number of readings begun, and the newest one shown: a slower, older reading must not be shown after it. */
  #turn = 0;
  #shown = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #secondLook: ReturnType<typeof setTimeout> | undefined;
  #pruning: NodeJS.Immediate | undefined;
  /** Whether the timer will search everything, or only read known files again. */
  #isSearchDue = false;
  #searching = new AbortController();
  #newest: Promise<void> = Promise.resolve();
  #isDisposed = false;
  /**
   * Somebody offers to update the generated types of a config whose bindings change, so nobody else needs to mention
   * it.
   */
  offersTypes = false;
  /** Fires when {@link configs} have changed. */
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

  /** Searches the workspace for the first time and follows it until the result is disposed. */
  start(): vscode.Disposable {
    const soon = (): void => this.#searchSoon();
    void this.search().then(() => this.#lookOnceMore());
    return vscode.Disposable.from(
      vscode.workspace.onDidChangeWorkspaceFolders(soon),
      vscode.workspace.onDidGrantWorkspaceTrust(soon),
      // Not every system reports that a folder has become readable again.
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

  /**
   * Every wrangler config found, including broken ones. A config that appears in the rows of several folders is listed
   * once.
   */
  get configs(): readonly WranglerConfig[] {
    return this.#configs;
  }

  /**
   * Adds a KV binding to a config, or the id that it lacks, and reads the config again; false if everything was there.
   * Rejects as `addBinding` of the configs does, with `conflict` while an editor has unsaved changes of the file, and
   * with `unsupported` for a file that a build tool generates.
   */
  async addBinding(path: string, change: BindingChange): Promise<boolean> {
    checkEditable(path, this.#configs);
    const { addBinding } = await import('../wrangler/editing.lazy.ts');
    const changed = await addBinding(path, change);
    this.#reader.forget(path);
    await this.#read();
    return changed;
  }

  /** Rejects as {@link addBinding} would; changes nothing. */
  async checkBinding(path: string, change: BindingChange): Promise<void> {
    checkEditable(path, this.#configs);
    const { checkBinding } = await import('../wrangler/editing.lazy.ts');
    await checkBinding(path, change);
  }

  /** The current environments of a config; `undefined` if it cannot be read. */
  async environmentsOf(path: string): Promise<readonly string[] | undefined> {
    const { environmentsOf } = await import('../wrangler/editing.lazy.ts');
    return await environmentsOf(path, readableFolders());
  }

  /** The text of a project's file. Rejects as `readProjectText` does; what may be read depends on trust. */
  async readText(path: string): Promise<string> {
    return await readProjectText(path, readableFolders());
  }

  /** Searches the workspace again. A running search is abandoned, and resolves together with this one. */
  async search(): Promise<void> {
    this.#isSearchDue = false;
    this.#searching.abort();
    this.#searching = new AbortController();
    this.#newest = this.#search(this.#searching.signal);
    await this.searched();
  }

  /** Resolves when no search is running. */
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
        // Earlier results stay until the end of the search shows that they are gone.
        this.#found = union(this.#found, files);
        await this.#read(signal);
      });
      const [found, named] = await Promise.all([
        this.#searchConfigs(folders, {
          signal,
          hidden: folders.map(hiddenBelow),
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
      // If the search failed, earlier results in the open folders stay.
      this.#found = found ?? without(this.#found, (path) => !folders.some((folder) => isWithin(path, folder)));
      this.#named = named;
      await this.#read(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#report('show the wrangler configs of the workspace', error);
      if (this.#shown > 0) return;
      this.#sources.update({ workspaceFolders: folders, configs: [], isTrusted: vscode.workspace.isTrusted });
    } finally {
      // Callers that wait for the first search must not wait forever.
      if (!signal.aborted) this.#sources.searched();
    }
  }

  /** Reads the known files that have changed, and shows the result. */
  async #read(signal?: AbortSignal): Promise<void> {
    const turn = ++this.#turn;
    const { stateRoots, configs: paths } = this.#found;
    const found = { ...this.#found, configs: [...new Set([...paths, ...this.#named])] };
    const within = readableFolders();
    const [configs, vite] = await Promise.all([
      this.#reader.read(found, within),
      this.#reader.vite(this.#found, within),
    ]);
    if (signal?.aborted || turn < this.#shown) return;
    this.#shown = turn;
    const folders = workspaceFolders();
    const before = this.#configs;
    this.#configs = [...new Map(configs.map((config) => [config.path, config])).values()];
    await this.#sources.updateInSlices({
      workspaceFolders: folders,
      configs,
      stateRoots,
      statePlaces: vite.stateFolders,
      viteRoots: vite.roots,
      problems: [...unreadableFolders(this.#unreadable), ...vite.hints.map(hintProblem)],
      stateFolders: stateFolders(this.#settings.stateFolders, folders),
      isTrusted: vscode.workspace.isTrusted,
    });
    // A newer reading that was shown meanwhile takes precedence.
    if (turn === this.#shown) {
      const watched = [...configs.map(({ folder }) => folder), ...stateRoots, ...this.#unreadable.keys()];
      this.#readUnwatched(await this.#folders.set(new Set(watched), () => turn === this.#shown));
    }
    if (JSON.stringify(this.#configs) !== JSON.stringify(before)) this.#configsChanged.fire();
  }

  async #findNamed(folders: readonly string[]): Promise<readonly string[]> {
    this.#files.set(folders, this.#settings.configs);
    const patterns = patternsIn(folders, this.#settings.configs);
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

  async #searchNewFolders(paths: readonly string[]): Promise<void> {
    const { signal } = this.#searching;
    const found = await this.#searchConfigs(paths, {
      signal,
      hidden: workspaceFolders().map(hiddenBelow),
      areParts: true,
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
   * A watched folder came or went. What disappeared with it is removed at once, because a search would report it only
   * at its end. A search runs all the same, for what may have come in its place or under another name.
   */
  #folderChanged(folder: string): void {
    this.#searchSoon();
    if (existsSync(folder)) return;
    this.#found = without(this.#found, (path) => isWithin(path, folder));
    this.#named = this.#named.filter((path) => !isWithin(path, folder));
    this.#unreadable = new Map([...this.#unreadable].filter(([path]) => !isWithin(path, folder)));
    // If many folders go together, each one is reported.
    this.#pruning ??= setImmediate(() => {
      this.#pruning = undefined;
      this.#readNow();
    });
  }

  /**
   * Searches again for what was created while VS Code's watchers were starting, which nobody reports. This matters
   * because the user may just be creating the first config.
   */
  #lookOnceMore(): void {
    if (this.#isDisposed || this.#configs.length > 0) return;
    this.#secondLook = setTimeout(() => {
      if (this.#configs.length === 0) this.#searchSoon();
    }, this.#secondLookMs);
  }

  /** Checks whether what could not be read is readable now; there is little of it. */
  #lookAgain(): void {
    this.#sources.lookAgain().catch((error: unknown) => this.#report('look at local KV again', error));
    for (const [path, error] of this.#unreadable) {
      isMended(path, error).then(
        (isReadable) => {
          if (isReadable && this.#unreadable.get(path) === error) this.#searchSoon();
        },
        // It still cannot be read.
        () => {},
      );
    }
  }

  /**
   * Reads configs outside of the workspace once more when their folders begin to be watched: a change since the first
   * reading was reported by nobody. Those inside are watched from the start.
   */
  #readUnwatched(folders: ReadonlySet<string>): void {
    if (this.#isDisposed || folders.size === 0) return;
    const open = workspaceFolders();
    for (const { path, folder } of this.#configs) {
      if (folders.has(folder) && !open.some((one) => isWithin(path, one))) this.#readSoon(path);
    }
  }

  #isKnown(path: string): boolean {
    const { configs, viteConfigs, redirects } = this.#found;
    return (
      [configs, viteConfigs, redirects, this.#named].some((paths) => paths.includes(path)) ||
      // A config that only Vite names.
      this.#configs.some((config) => !config.isGenerated && config.path === path)
    );
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#secondLook);
    clearImmediate(this.#pruning);
    this.#searching.abort();
    this.#files.dispose();
    this.#folders.dispose();
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
