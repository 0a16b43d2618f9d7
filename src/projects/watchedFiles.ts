import { sep } from 'node:path';
import * as vscode from 'vscode';
import { isSkipped } from '../wrangler/findConfigs.ts';
import { NewFolders } from '../wrangler/newFolders.ts';
import { workspaceFolders } from './workspace.ts';

/** All files that say where local KV lies. VS Code's globs cannot nest braces. */
const FILES_GLOBS = [
  '**/wrangler.{toml,json,jsonc}',
  '**/vite.config.{js,mjs,cjs,ts,mts,cts}',
  '**/.wrangler/deploy/config.json',
] as const;

export interface FileEvents {
  /** Whether a file is already known. */
  isKnown(path: string): boolean;
  /** A known file was created, changed or removed, or an unknown one that matters was changed or removed. */
  touched(path: string): void;
  /** A file that matters was created, which no search has seen. */
  appeared(): void;
  /** Folders appeared with all their content; none is inside another. */
  foldersAppeared(paths: readonly string[]): void;
}

/** Watches the files of the workspace that say where local KV lies. */
export class WatchedFiles implements vscode.Disposable {
  readonly #events: FileEvents;
  readonly #newFolders: NewFolders;
  #watchers: readonly vscode.Disposable[] = [];
  /** The folders and names that are watched, as JSON. */
  #watched = '';

  constructor(events: FileEvents) {
    this.#events = events;
    this.#newFolders = new NewFolders(workspaceFolders, (paths) => events.foldersAppeared(paths));
  }

  /** Watches these folders, including for configs with other names. */
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

  /**
   * When a folder appears together with its content, as from a scaffold or a checkout, a watcher may report only the
   * folder.
   */
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
