import type * as vscode from 'vscode';
import type { Accounts } from './auth/accounts.ts';
import type { Changes } from './core/change/changes.ts';
import type { Journals } from './core/change/journal/journals.ts';
import type { CheckItem } from './core/check/item.ts';
import type { NamespaceRef } from './core/store/namespaceRef.ts';
import type { Pins } from './core/store/pins.ts';
import type { Protection } from './core/store/protection.ts';
import type { SourceRegistry } from './core/store/sourceRegistry.ts';
import type { KeyMoves } from './fs/keyMoves.ts';
import type { KeysFileSystem } from './fs/keysFileSystem.ts';
import type { KvFileSystem } from './fs/kvFileSystem.ts';
import type { AccountJobs } from './inside/job.ts';
import type { Pages } from './pages/pages.ts';
import type { Projects } from './projects/projects.ts';
import type { Settings } from './settings.ts';
import type { ActivityViews } from './tree/activity/activityViews.ts';
import type { KvTree } from './tree/kvTree.ts';
import type { FoundProblems } from './ui/foundProblems.ts';
import type { Reports } from './ui/reports.ts';

/** What to look for in code: a namespace, one of its keys, or its keys with a prefix. */
export interface CodeQuery {
  readonly namespace: NamespaceRef;
  readonly key?: string | undefined;
  readonly prefix?: string | undefined;
}

/** What the parts of the extension share. Passed as a parameter. */
export interface Services {
  readonly settings: Settings;
  readonly sources: SourceRegistry;
  readonly accounts: Accounts;
  readonly values: KvFileSystem;
  readonly entries: KvFileSystem;
  readonly keys: KeysFileSystem;
  /** Renames keys along with their open documents. */
  readonly moves: Pick<KeyMoves, 'renameKey' | 'followRename'>;
  readonly tree: KvTree;
  readonly activity: ActivityViews;
  readonly reports: Reports;
  /** The open pages. */
  readonly pages: Pages;
  /** The only way to write. */
  readonly changes: Changes;
  /** The journals of all changes, for undoing and for resuming. */
  readonly journals: Journals;
  /** The jobs inside Cloudflare of a signed-in account, by its id. Loads their code on first use. */
  readonly jobs: (account: string) => Promise<AccountJobs>;
  readonly pins: Pins;
  readonly protection: Protection;
  /** Workspace state: last used namespaces, versions of open documents. */
  readonly memory: vscode.Memento;
  /** Where the files of this extension are. */
  readonly extensionUri: vscode.Uri;
  /** The extension's id: publisher and name. */
  readonly extensionId: string;
  readonly log: vscode.LogOutputChannel;
  readonly projects: Projects;
  /** Finds the places in the workspace's Worker code that name it, in the order of the files. */
  readonly findInCode: (query: CodeQuery, signal: AbortSignal) => Promise<readonly vscode.Location[]>;
  /** Checks how Worker code that uses one of these configs (absolute paths) uses KV. */
  readonly checkCode: (configs: readonly string[], signal: AbortSignal) => Promise<readonly CheckItem[]>;
  /** Problems that a check of a project has found in files. */
  readonly problems: FoundProblems;
}
