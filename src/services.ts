import type * as vscode from 'vscode';
import type { Accounts } from './auth/accounts.ts';
import type { Changes } from './core/change/changes.ts';
import type { Journals } from './core/change/journal/journals.ts';
import type { BackupStore } from './core/change/undo/backup.ts';
import type { Marks } from './core/store/marks.ts';
import type { SourceRegistry } from './core/store/sourceRegistry.ts';
import type { Unfinished } from './core/transfer/unfinished.ts';
import type { KeysFileSystem } from './fs/keysFileSystem.ts';
import type { KvFileSystem } from './fs/kvFileSystem.ts';
import type { Projects } from './projects.ts';
import type { KvTree } from './tree/kvTree.ts';
import type { Reports } from './ui/reports.ts';

/** What the parts of the extension share, passed by parameter. */
export interface Services {
  readonly sources: SourceRegistry;
  readonly accounts: Accounts;
  readonly values: KvFileSystem;
  readonly entries: KvFileSystem;
  readonly keys: KeysFileSystem;
  readonly tree: KvTree;
  readonly reports: Reports;
  /** The one way to write. */
  readonly changes: Changes;
  /** Of all changes: what undoes and what resumes. */
  readonly journals: Journals;
  readonly backups: BackupStore;
  readonly unfinished: Unfinished;
  readonly pins: Marks;
  readonly readOnlyNamespaces: Marks;
  /** Per workspace: last used namespaces, versions of open documents. */
  readonly memory: vscode.Memento;
  readonly log: vscode.LogOutputChannel;
  readonly projects: Projects;
}
