import { sep } from 'node:path';
import * as vscode from 'vscode';
import { isSkipped } from '../wrangler/findConfigs.ts';
import { NewFolders } from '../wrangler/newFolders.ts';
import { workspaceFolders } from './workspace.ts';

/** Everything that says where local KV lies. VS Code's globs have no braces within braces. */
const FILES_GLOBS = [
  '**/wrangler.{toml,json,jsonc}',
  '**/vite.config.{js,mjs,cjs,ts,mts,cts}',
  '**/.wrangler/deploy/config.json',
] as const;

export interface FileEvents {
  /** Whether a file counts already. */
  isKnown(path: string): boolean;
  /** A known file was made, changed or removed, or another one that matters was changed or removed. */
  touched(path: string): void;
  /** A file that matters was made, and no search has seen it. */
  appeared(): void;
  /** Folders came with all that is in them, none inside another. */
  foldersAppeared(paths: readonly string[]): void;
}

/** What happens in the workspace to the files that say where local KV lies. */
export class WatchedFiles implements vscode.Disposable {
  readonly #events: FileEvents;
  readonly #newFolders: NewFolders;
  #watchers: readonly vscode.Disposable[] = [];
  /** What they watch. */
  #watched = '';

  constructor(events: FileEvents) {
    this.#events = events;
    this.#newFolders = new NewFolders(workspaceFolders, (paths) => events.foldersAppeared(paths));
  }

  /** Watches these folders, also for configs of other names. */
  set(folders: readonly string[], named: readonly string[]): void {
    const watched = JSON.stringify([folders, named]);
    if (watched === this.#watched) return;
    this.#watched = watched;
    for (const watcher of this.#watchers) watcher.dispose();
    this.#watchers = [
      ...patternsIn(folders, [...FILES_GLOBS, ...named]).map((pattern) => this.#watch(pattern)),
      ...patternsIn(folders, ['**']).map((pattern) => this.#watchNewFolders(pattern)),
    ];
  }

  dispose(): void {
    this.#newFolders.dispose();
    for (const watcher of this.#watchers) watcher.dispose();
  }

  #watch(glob: vscode.GlobPattern): vscode.Disposable {
    const watcher = vscode.workspace.createFileSystemWatcher(glob);
    const touched = ({ fsPath }: vscode.Uri): void => this.#events.touched(fsPath);
    return vscode.Disposable.from(
      watcher,
      watcher.onDidChange(touched),
      watcher.onDidDelete(touched),
      watcher.onDidCreate(({ fsPath }) => {
        if (this.#events.isKnown(fsPath)) this.#events.touched(fsPath);
        else if (!isSkipped(fsPath.replace(`${sep}.wrangler${sep}`, sep), workspaceFolders())) this.#events.appeared();
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
}

/** Each glob in each folder. */
export const patternsIn = (folders: readonly string[], globs: readonly string[]): vscode.RelativePattern[] =>
  folders.flatMap((folder) => globs.map((glob) => new vscode.RelativePattern(vscode.Uri.file(folder), glob)));
