import { join } from 'node:path';
import * as vscode from 'vscode';
import { backupOptions, devServerPorts, fileSystemHost, isRunning, readOnlyRule } from './adapters.ts';
import { tellInterrupted } from './commands/change/resuming.ts';
import { FROM_MESSAGE } from './commands/invocation/invoke.ts';
import { dropFiles, dropKeys } from './commands/transfer/dropping.ts';
import { Changes } from './core/change/changes.ts';
import { Journals } from './core/change/journal/journals.ts';
import { realProcesses } from './core/change/journal/owner.ts';
import { KeyLocks } from './core/change/keyLocks.ts';
import { BackupStore } from './core/change/undo/backup.ts';
import { Marks } from './core/store/marks.ts';
import { SourceRegistry } from './core/store/sourceRegistry.ts';
import { Unfinished } from './core/transfer/unfinished.ts';
import { forgetSignedOut, forgetSources } from './forgetSources.ts';
import { closeDocuments } from './fs/closeDocuments.ts';
import { registerDecorations } from './fs/decorations.ts';
import { watchDocuments } from './fs/documents.ts';
import { entryFacet, valueFacet } from './fs/facets.ts';
import { KeysDocuments } from './fs/keysDocuments.ts';
import { KeysFileSystem } from './fs/keysFileSystem.ts';
import { watchKeysDocuments } from './fs/keysWatch.ts';
import { KvFileSystem } from './fs/kvFileSystem.ts';
import { activeUri, hasUnsavedText } from './fs/openDocuments.ts';
import { SaveWatch } from './fs/saveWatch.ts';
import { Versions } from './fs/versions.ts';
import { commandId, entryScheme, keysScheme, valueScheme } from './ids.ts';
import { DevServers } from './local/explorer/devServers.ts';
import { LocalSources } from './local/localSources.ts';
import { Projects } from './projects.ts';
import { createAccounts } from './remoteAccounts.ts';
import type { Services } from './services.ts';
import { registerDropIntoEditor } from './tree/dragAndDrop.ts';
import { KvTree } from './tree/kvTree.ts';
import { confirmKeysPlan, tellKeysPlan } from './ui/keysPlan.ts';
import { openAsText, openCommand } from './ui/openCommand.ts';
import { logError } from './ui/reportError.ts';
import { Reports } from './ui/reports.ts';
import { createStatusBar } from './ui/statusBar.ts';

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
  const local = new LocalSources({ servers: new DevServers({ ports: devServerPorts }) });
  const pins = new Marks(context.globalState, 'pins');
  const readOnlyNamespaces = new Marks(context.globalState, 'readOnly');
  const { accounts, owned: remote } = createAccounts(context, {
    configs: () => projects.configs,
    report,
    projectFolders: () => local.sources.map((source) => source.project.projectFolder),
    async closeDocuments(ids, unsaved) {
      await closeDocuments(ids, unsaved, keys);
      await reports.close(ids);
    },
    forget: (ids) => forgetSources(ids, services),
  });
  const sources = new SourceRegistry([local, accounts], readOnlyRule(readOnlyNamespaces));
  const journals = new Journals(
    join(context.globalStorageUri.fsPath, 'journal'),
    join(context.globalStorageUri.fsPath, 'undo'),
    backupOptions,
    realProcesses(),
  );
  const changes = new Changes({ journals, locks: new KeyLocks(), storeOf: (namespace) => sources.writer(namespace) });
  const versions = new Versions(context.workspaceState);
  const saves = new SaveWatch();
  const values = new KvFileSystem(sources, valueFacet, versions, fileSystemHost(saves, log));
  const entries = new KvFileSystem(sources, entryFacet, versions, fileSystemHost(saves, log));
  const keys = new KeysFileSystem({
    sources,
    documents: new KeysDocuments(context.workspaceState),
    backups: () => services.backups,
    host: {
      ...fileSystemHost(saves, log),
      confirm: confirmKeysPlan,
      told: (plan, where, undo) =>
        void tellKeysPlan(plan, where, undo !== undefined).then((wanted) => {
          if (wanted) void vscode.commands.executeCommand(commandId('undo'), FROM_MESSAGE, undo);
        }),
    },
  });
  const registered = [
    registerFileSystem(valueScheme, values),
    registerFileSystem(entryScheme, entries),
    registerFileSystem(keysScheme, keys),
  ];
  const projects = new Projects(local, report);
  const tree = new KvTree({
    sources,
    pins,
    openCommand: (uri, value) => (value ? openCommand(uri, value) : openAsText(uri)),
    drop: {
      dropKeys: (rows, to) => dropKeys(rows, to, services),
      dropFiles: (files, to) => dropFiles(files, to, services),
    },
    report,
  });
  const reports = new Reports();
  const readOnlyReason = values.readOnlyReason.bind(values);
  const namespaceOfKeys = keys.namespaceOf.bind(keys);
  const opened = new vscode.EventEmitter<vscode.Uri>();

  const services: Services = {
    sources,
    accounts,
    values,
    entries,
    keys,
    tree,
    reports,
    changes,
    journals,
    backups: new BackupStore(join(context.globalStorageUri.fsPath, 'undo'), backupOptions),
    unfinished: new Unfinished(join(context.globalStorageUri.fsPath, 'unfinished'), {
      get days() {
        return backupOptions.days;
      },
      ...{ clock: Date.now, pid: process.pid, isRunning },
    }),
    pins,
    readOnlyNamespaces,
    memory: context.workspaceState,
    log,
    projects,
  };
  const owned = [
    log,
    pins,
    readOnlyNamespaces,
    local,
    remote,
    sources,
    saves,
    values,
    entries,
    keys,
    ...registered,
    projects,
    projects.onDidChangeConfigs(() => accounts.configsChanged()),
    tree,
    reports,
    opened,
    readOnlyNamespaces.onDidChange(() => tree.redraw()),
  ];
  const startLater = (): vscode.Disposable[] => {
    forgetSignedOut(services).catch((error: unknown) => report('forget what was signed out', error));
    void services.backups.tidy();
    return [
      projects.start(),
      tellInterruptedSoon(services),
      registerDropIntoEditor(),
      registerDecorations({
        readOnlyReason,
        namespaceOfKeys,
        onDidOpen: opened.event,
        onDidChange: sources.onDidChange,
      }),
      createStatusBar({
        sources,
        readOnlyReason,
        namespaceOfKeys,
        activeUri,
        hasUnsavedText,
      }),
      watchKeysDocuments({
        sources,
        keys,
        isSaving: (uri) => saves.isSaving(uri),
        onDidChangeReadOnly: readOnlyNamespaces.onDidChange,
      }),
      watchDocuments({
        sources,
        values,
        entries,
        report,
        isSaving: (uri) => saves.isSaving(uri),
        onDidChangeReadOnly: readOnlyNamespaces.onDidChange,
        onDidOpen: (uri) => opened.fire(uri),
        download: (uri) => void vscode.commands.executeCommand(commandId('saveKeyAs'), uri),
        allowWriting: (uri) => void vscode.commands.executeCommand(commandId('toggleReadOnly'), uri),
      }),
    ];
  };
  return { services, owned, startLater };
}

/** After the window has drawn itself: work that was interrupted waits for no one. */
function tellInterruptedSoon(services: Services): vscode.Disposable {
  const timer = setTimeout(() => {
    tellInterrupted(services).catch((error: unknown) => logError(services.log, 'look for interrupted work', error));
  }, 2000);
  return { dispose: () => clearTimeout(timer) };
}

const registerFileSystem = (scheme: string, provider: vscode.FileSystemProvider): vscode.Disposable =>
  vscode.workspace.registerFileSystemProvider(scheme, provider, { isCaseSensitive: true });
