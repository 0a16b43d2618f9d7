import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import { KvError } from './core/base/errors.ts';
import type { LocalSources } from './local/localSources.ts';
import type { Settings } from './settings.ts';
import type { BindingChange } from './wrangler/bindingPlan.ts';
import type { WranglerConfig } from './wrangler/config.ts';
import { findConfigs } from './wrangler/findConfigs.ts';
import { readWranglerConfig } from './wrangler/readConfig.ts';

/** How long changes of configs are gathered before they are read again, in milliseconds. */
const GATHER_MS = 200;
const CONFIG_GLOB = '**/wrangler.{toml,json,jsonc}';

type ProjectSettings = Pick<Settings, 'stateFolders' | 'onDidChange'>;

/** Keeps the local sources in step with the wrangler configs of the workspace. */
export class Projects implements vscode.Disposable {
  readonly #sources: LocalSources;
  readonly #settings: ProjectSettings;
  readonly #report: (what: string, error: unknown) => void;
  readonly #configsChanged = new vscode.EventEmitter<void>();
  #configs: readonly WranglerConfig[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #searching = new AbortController();
  #newest: Promise<void> = Promise.resolve();
  /** The {@link configs} are others now. */
  readonly onDidChangeConfigs = this.#configsChanged.event;

  constructor(sources: LocalSources, settings: ProjectSettings, report: (what: string, error: unknown) => void) {
    this.#sources = sources;
    this.#settings = settings;
    this.#report = report;
  }

  /** Searches the workspace for the first time and follows it from then on, until the result is disposed. */
  start(): vscode.Disposable {
    const watcher = vscode.workspace.createFileSystemWatcher(CONFIG_GLOB);
    const soon = (): void => this.#searchSoon();
    void this.search();
    return vscode.Disposable.from(
      watcher,
      watcher.onDidChange(soon),
      watcher.onDidCreate(soon),
      watcher.onDidDelete(soon),
      vscode.workspace.onDidChangeWorkspaceFolders(soon),
      vscode.workspace.onDidGrantWorkspaceTrust(soon),
      this.#settings.onDidChange((changed) => {
        if (changed.has('stateFolders')) soon();
      }),
    );
  }

  /** Every wrangler config found, the broken ones included. */
  get configs(): readonly WranglerConfig[] {
    return this.#configs;
  }

  /**
   * Adds a KV binding to a config, or the id it lacks, and looks at the workspace again; false when it was all there.
   * Rejects as `addBinding` of the configs does, and with `conflict` while an editor has unsaved changes of the file.
   */
  async addBinding(path: string, change: BindingChange): Promise<boolean> {
    checkSaved(path);
    const { addBinding } = await import('./wrangler/editing.lazy.ts');
    const changed = await addBinding(path, change);
    await this.search();
    return changed;
  }

  /** Rejects as {@link addBinding} would; changes nothing. */
  async checkBinding(path: string, change: BindingChange): Promise<void> {
    checkSaved(path);
    const { checkBinding } = await import('./wrangler/editing.lazy.ts');
    await checkBinding(path, change);
  }

  /** Searches the workspace anew; a search that is running is given up for it, and ends with it. */
  async search(): Promise<void> {
    this.#searching.abort();
    this.#searching = new AbortController();
    this.#newest = this.#search(this.#searching.signal);
    let awaited: Promise<void>;
    do {
      awaited = this.#newest;
      await awaited;
    } while (awaited !== this.#newest);
  }

  async #search(signal: AbortSignal): Promise<void> {
    const folders = (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) =>
      uri.scheme === 'file' ? uri.fsPath : [],
    );
    try {
      const paths = await findConfigs(folders, { signal });
      const configs = await Promise.all(paths.map(readWranglerConfig));
      if (signal.aborted) return;
      const before = this.#configs;
      this.#configs = configs;
      this.#sources.update({
        workspaceFolders: folders,
        configs,
        stateFolders: stateFolders(this.#settings.stateFolders, folders),
        isTrusted: vscode.workspace.isTrusted,
      });
      if (JSON.stringify(configs) !== JSON.stringify(before)) this.#configsChanged.fire();
    } catch (error) {
      if (signal.aborted) return;
      this.#report('search the workspace for wrangler configs', error);
      this.#sources.update({ workspaceFolders: folders, configs: [] });
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#searching.abort();
    this.#configsChanged.dispose();
  }

  #searchSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.search(), GATHER_MS);
  }
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
function stateFolders(configured: readonly string[], workspaceFolders: readonly string[]): string[] {
  const absolute = configured.flatMap((folder) =>
    isAbsolute(folder) ? folder : workspaceFolders.map((base) => join(base, folder)),
  );
  const inside = (folder: string): boolean =>
    vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folder)) !== undefined;
  return vscode.workspace.isTrusted ? absolute : absolute.filter(inside);
}
