import * as vscode from 'vscode';
import { sourceIdOf } from './auth/account.ts';
import { Pins } from './core/store/pins.ts';
import { Protection } from './core/store/protection.ts';
import { isAccount } from './core/store/sourceId.ts';
import { SourceRegistry } from './core/store/sourceRegistry.ts';
import { createChanges } from './createChanges.ts';
import { createFileSystems } from './createFileSystems.ts';
import { createLocal } from './createLocal.ts';
import { forgetSources, forgetUndo } from './forgetSources.ts';
import { closeDocuments } from './fs/closeDocuments.ts';
import { accountJobs } from './inside/accountJobs.ts';
import { Pages } from './pages/pages.ts';
import { createAccounts } from './remoteAccounts.ts';
import type { Services } from './services.ts';
import { Settings } from './settings.ts';
import { ActivityViews } from './tree/activity/activityViews.ts';
import { KvTree } from './tree/kvTree.ts';
import { FoundProblems } from './ui/foundProblems.ts';
import { openAsText, openCommand } from './ui/openCommand.ts';
import { logError } from './ui/reportError.ts';
import { Reports } from './ui/reports.ts';

const commands = () => import('./commands/commands.lazy.ts');
const background = (): typeof import('./background.lazy.ts') => require('./background.lazy.ts');

interface Created {
  readonly services: Services;
  readonly owned: readonly vscode.Disposable[];
  /** Starts what activation does not wait for; returns what lives on. */
  readonly startLater: () => readonly vscode.Disposable[];
}

/** The only factory of the services and of everything that lives as long as they do. */
export function createServices(context: vscode.ExtensionContext): Created {
  const log = vscode.window.createOutputChannel('Cloudflare KV', { log: true });
  const report = (what: string, error: unknown): void => logError(log, what, error);
  const settings = new Settings(log);
  const local = createLocal({ settings, memory: context.workspaceState, report });
  const reports = new Reports();
  const pages = new Pages((source) => isAccount(source) && !accounts.known.some((one) => sourceIdOf(one) === source));
  const pins = new Pins(context.globalState);
  const protection = new Protection(context.globalState, settings);
  const { accounts, owned: remote } = createAccounts(context, {
    settings,
    configs: () => local.projects.configs,
    report,
    projectFolders: () => local.sources.sources.map((source) => source.project.projectFolder),
    async closeDocuments(ids, unsaved) {
      await closeDocuments(ids, unsaved, keys);
      await reports.close(ids);
      pages.close(ids);
    },
    forget: (ids) => forgetSources(ids, services),
    forgetUndo: (ids) => forgetUndo(ids, services),
  });
  const sources = new SourceRegistry([local.group, accounts], (namespace) => protection.reason(namespace));
  const { changes, journals } = createChanges({ sources, settings, globalStorageUri: context.globalStorageUri });
  const fileSystems = createFileSystems({ sources, changes, settings, memory: context.workspaceState, log });
  const { values, entries, keys, moves } = fileSystems;
  const tree = new KvTree({
    sources,
    pins,
    settings,
    openCommand: (uri, value) => (value ? openCommand(uri, value) : openAsText(uri)),
    drop: {
      dropKeys: async (rows, to) => (await commands()).dropKeys(rows, to, services),
      dropFiles: async (files, to) => (await commands()).dropFiles(files, to, services),
    },
    report,
  });
  const activity = new ActivityViews();
  const problems = new FoundProblems(context.extensionUri);

  const services: Services = {
    settings,
    sources,
    accounts,
    values,
    entries,
    keys,
    moves,
    tree,
    activity,
    reports,
    pages,
    jobs: async (account) => await accountJobs(accounts.calls(account)),
    changes,
    journals,
    pins,
    protection,
    memory: context.workspaceState,
    extensionUri: context.extensionUri,
    extensionId: context.extension.id,
    log,
    projects: local.projects,
    async findInCode(query, signal) {
      const { codeSearch } = await import('./language/codeHelp.lazy.ts');
      return await codeSearch(services).find(query, signal);
    },
    async checkCode(configs, signal) {
      const { codeItems } = await import('./language/codeHelp.lazy.ts');
      return await codeItems(services, configs, signal);
    },
    problems,
  };
  const owned = [
    log,
    settings,
    pins,
    protection,
    local.owned,
    remote,
    sources,
    ...fileSystems.owned,
    activity,
    tree,
    reports,
    pages,
    problems,
    sources.onDidChangeStatus(() => local.sources.serversChanged()),
    settings.onDidChange((changed) => {
      if (changed.has('remoteReadOnly') || changed.has('remoteReadOnlyInWorkspace')) protection.settingsChanged();
    }),
    protection.onDidChange(() => tree.redraw()),
  ];
  return { services, owned, startLater: () => background().startInBackground(services) };
}
