import { join } from 'node:path';
import * as vscode from 'vscode';
import { journalOptions } from './adapters.ts';
import { onFirstUse } from './core/base/onFirstUse.ts';
import type { Changes } from './core/change/changes.ts';
import type { Journals } from './core/change/journal/journals.ts';
import { LaterGroup } from './core/store/laterGroup.ts';
import { Pins } from './core/store/pins.ts';
import { Protection } from './core/store/protection.ts';
import { SourceRegistry } from './core/store/sourceRegistry.ts';
import { createFileSystems } from './createFileSystems.ts';
import { forgetSources, forgetUndo } from './forgetSources.ts';
import { closeDocuments } from './fs/closeDocuments.ts';
import { accountJobs } from './inside/accountJobs.ts';
import type { LocalSources } from './local/localSources.ts';
import { Pages } from './pages/pages.ts';
import type { Projects } from './projects/projects.ts';
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
const changing = (): typeof import('./core/change/changing.lazy.ts') => require('./core/change/changing.lazy.ts');

interface Created {
  readonly services: Services;
  readonly owned: readonly vscode.Disposable[];
  /** Begins what nobody waits for while the extension is being activated; gives what lives on. */
  readonly startLater: () => readonly vscode.Disposable[];
}

/** The one factory of the services, with everything that lives as long as they do. */
export function createServices(context: vscode.ExtensionContext): Created {
  const log = vscode.window.createOutputChannel('Cloudflare KV', { log: true });
  const report = (what: string, error: unknown): void => logError(log, what, error);
  const settings = new Settings(log);
  const made: vscode.Disposable[] = [];
  const localGroup = new LaterGroup();
  const local: LocalSources = onFirstUse(() => {
    const { DevServers, LocalSources } = background();
    const servers = new DevServers({ ports: () => settings.devServerPorts });
    const sources = new LocalSources({ servers, memory: context.workspaceState });
    localGroup.begin(sources);
    made.push(sources);
    return sources;
  });
  const projects: Projects = onFirstUse(() => {
    const { Projects } = background();
    const found = new Projects(local, settings, report);
    made.push(found);
    return found;
  });
  const pins = new Pins(context.globalState);
  const protection = new Protection(context.globalState, settings);
  const { accounts, owned: remote } = createAccounts(context, {
    settings,
    configs: () => projects.configs,
    report,
    projectFolders: () => local.sources.map((source) => source.project.projectFolder),
    async closeDocuments(ids, unsaved) {
      await closeDocuments(ids, unsaved, keys);
      await reports.close(ids);
      pages.close(ids);
    },
    forget: (ids) => forgetSources(ids, services),
    forgetUndo: (ids) => forgetUndo(ids, services),
  });
  const sources = new SourceRegistry([localGroup, accounts], (namespace) => protection.reason(namespace));
  const journals: Journals = onFirstUse(() => {
    const { Journals, realProcesses } = changing();
    const pathOf = (folder: string): string => join(context.globalStorageUri.fsPath, folder);
    return new Journals(pathOf('journal'), pathOf('undo'), journalOptions(settings), realProcesses());
  });
  const changes: Changes = onFirstUse(() => {
    const { Changes, KeyLocks } = changing();
    return new Changes({ journals, locks: new KeyLocks(), storeOf: (namespace) => sources.writer(namespace) });
  });
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
  const reports = new Reports();
  const pages = new Pages();
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
    projects,
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
    { dispose: () => vscode.Disposable.from(...made).dispose() },
    localGroup,
    remote,
    sources,
    ...fileSystems.owned,
    activity,
    tree,
    reports,
    pages,
    problems,
    sources.onDidChangeStatus(() => local.serversChanged()),
    settings.onDidChange((changed) => {
      if (changed.has('remoteReadOnly') || changed.has('remoteReadOnlyInWorkspace')) protection.settingsChanged();
    }),
    protection.onDidChange(() => tree.redraw()),
  ];
  return { services, owned, startLater: () => background().startInBackground(services) };
}
