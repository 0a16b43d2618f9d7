import { join } from 'node:path';
import * as vscode from 'vscode';
import { journalOptions } from './adapters.ts';
import { Changes } from './core/change/changes.ts';
import { Journals } from './core/change/journal/journals.ts';
import { realProcesses } from './core/change/journal/owner.ts';
import { KeyLocks } from './core/change/keyLocks.ts';
import { Pins } from './core/store/pins.ts';
import { Protection } from './core/store/protection.ts';
import { SourceRegistry } from './core/store/sourceRegistry.ts';
import { removeLeftSpools } from './core/transfer/leftSpools.ts';
import { createFileSystems } from './createFileSystems.ts';
import { forgetSignedOut, forgetSources } from './forgetSources.ts';
import { closeDocuments } from './fs/closeDocuments.ts';
import { registerDecorations } from './fs/decorations.ts';
import { watchDocuments } from './fs/documents.ts';
import { watchKeysDocuments } from './fs/keysWatch.ts';
import { activeUri, hasUnsavedText } from './fs/openDocuments.ts';
import { commandId, ownJobsKey } from './ids.ts';
import { accountJobs } from './inside/inside.ts';
import { registerCodeHelp } from './language/registerCodeHelp.ts';
import { registerConfigHelp } from './language/registerConfigHelp.ts';
import { registerTools } from './language/tools/registerTools.ts';
import { DevServers } from './local/explorer/devServers.ts';
import { LocalSources } from './local/localSources.ts';
import { Pages } from './pages/pages.ts';
import { registerPages } from './pages/registerPages.ts';
import { Projects } from './projects.ts';
import { createAccounts } from './remoteAccounts.ts';
import type { Services } from './services.ts';
import { Settings } from './settings.ts';
import { ActivityViews } from './tree/activity/activityViews.ts';
import { registerDropIntoEditor } from './tree/dragAndDrop.ts';
import { KvTree } from './tree/kvTree.ts';
import { registerExplainErrors } from './ui/explainErrors.ts';
import { FoundProblems } from './ui/foundProblems.ts';
import { openAsText, openCommand } from './ui/openCommand.ts';
import { logError } from './ui/reportError.ts';
import { Reports } from './ui/reports.ts';
import { createStatusBar } from './ui/statusBar.ts';
import { registerUseStateFolder } from './ui/useStateFolder.ts';

const commands = () => import('./commands/commands.lazy.ts');

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
  const local = new LocalSources({
    servers: new DevServers({ ports: () => settings.devServerPorts }),
    memory: context.workspaceState,
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
  });
  const sources = new SourceRegistry([local, accounts], (namespace) => protection.reason(namespace));
  const journals = new Journals(
    join(context.globalStorageUri.fsPath, 'journal'),
    join(context.globalStorageUri.fsPath, 'undo'),
    journalOptions(settings),
    realProcesses(),
  );
  const changes = new Changes({ journals, locks: new KeyLocks(), storeOf: (namespace) => sources.writer(namespace) });
  const fileSystems = createFileSystems({ sources, changes, settings, memory: context.workspaceState, log });
  const { values, entries, keys, moves } = fileSystems;
  const projects = new Projects(local, settings, report);
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
  const readOnlyReason = values.readOnlyReason.bind(values);
  const namespaceOfKeys = keys.namespaceOf.bind(keys);
  const opened = new vscode.EventEmitter<vscode.Uri>();

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
    local,
    remote,
    sources,
    ...fileSystems.owned,
    projects,
    projects.onDidChangeConfigs(() => accounts.configsChanged()),
    activity,
    tree,
    reports,
    pages,
    problems,
    opened,
    registerUseStateFolder(log),
    sources.onDidChangeStatus(() => local.serversChanged()),
    settings.onDidChange((changed) => {
      if (changed.has('remoteReadOnly') || changed.has('remoteReadOnlyInWorkspace')) protection.settingsChanged();
    }),
    protection.onDidChange(() => tree.redraw()),
  ];
  const startLater = (): vscode.Disposable[] => {
    forgetSignedOut(services).catch((error: unknown) => report('forget what was signed out', error));
    void journals.tidy();
    void removeLeftSpools();
    settings.tellWrong();
    return [
      projects.start(),
      registerCodeHelp(services, context.extensionUri),
      registerConfigHelp(services),
      registerTools(services),
      registerPages(services),
      registerExplainErrors(context.extensionUri, log),
      tellInterruptedSoon(services),
      registerDropIntoEditor(),
      registerDecorations({
        readOnlyReason,
        namespaceOfKeys,
        onDidOpen: opened.event,
        onDidChange: sources.onDidChange,
        onDidChangeProtection: protection.onDidChange,
      }),
      createStatusBar({
        sources,
        readOnlyReason,
        namespaceOfKeys,
        onDidChangeProtection: protection.onDidChange,
        activeUri,
        hasUnsavedText,
      }),
      watchKeysDocuments({
        sources,
        keys,
        onDidChangeProtection: protection.onDidChange,
      }),
      watchDocuments({
        sources,
        values,
        entries,
        report,
        protection,
        settings,
        onDidOpen: (uri) => opened.fire(uri),
        download: (uri) => void vscode.commands.executeCommand(commandId('saveKeyAs'), uri),
        allowWriting: (namespace) => void commands().then(({ allowWriting }) => allowWriting(namespace, services)),
      }),
    ];
  };
  return { services, owned, startLater };
}

/** After the window has drawn itself: work that was interrupted, or goes on elsewhere, waits for no one. */
function tellInterruptedSoon(services: Services): vscode.Disposable {
  const tell = async (): Promise<void> => {
    if (services.memory.get(ownJobsKey)) await (await import('./pages/pages.lazy.ts')).followOwnJobs(services);
    const isNews = (await services.journals.leftWorks()).some((work) => work.isNews);
    if (isNews) await (await commands()).tellInterrupted(services);
  };
  const timer = setTimeout(() => {
    tell().catch((error: unknown) => logError(services.log, 'look for interrupted work', error));
  }, 2000);
  return { dispose: () => clearTimeout(timer) };
}
