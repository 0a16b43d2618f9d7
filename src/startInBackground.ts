import * as vscode from 'vscode';
import type { NamespaceRef } from './core/store/namespaceRef.ts';
import { removeLeftSpools } from './core/transfer/leftSpools.ts';
import { forgetSignedOut } from './forgetSources.ts';
import { registerDecorations } from './fs/decorations.ts';
import { activeUri, hasUnsavedText } from './fs/openDocuments.ts';
import { watchDocuments } from './fs/watchDocuments.ts';
import { watchKeysDocuments } from './fs/watchKeysDocuments.ts';
import { commandId, ownJobsKey } from './ids.ts';
import { registerCodeHelp } from './language/registerCodeHelp.ts';
import { registerConfigHelp } from './language/registerConfigHelp.ts';
import { registerTools } from './language/tools/registerTools.ts';
import { registerPages } from './pages/registerPages.ts';
import type { Services } from './services.ts';
import { registerDropIntoEditor } from './tree/dragAndDrop.ts';
import { registerAllowWriting } from './ui/allowWriting.ts';
import { registerExplainErrors } from './ui/explainErrors.ts';
import { logError } from './ui/reportError.ts';
import { createStatusBar } from './ui/statusBar.ts';
import { registerUseStateFolder } from './ui/useStateFolder.ts';

const commands = () => import('./commands/commands.lazy.ts');

/** Starts what activation does not wait for; returns what lives on. */
export function startInBackground(services: Services): readonly vscode.Disposable[] {
  const { accounts, entries, keys, log, projects, protection, settings, sources, values } = services;
  const report = (what: string, error: unknown): void => logError(log, what, error);
  const readOnlyReason = values.readOnlyReason.bind(values);
  const namespaceOfKeys = keys.namespaceOf.bind(keys);
  const allowWriting = (namespace: NamespaceRef): void =>
    void commands().then((loaded) => loaded.allowWriting(namespace, services));
  const opened = new vscode.EventEmitter<vscode.Uri>();
  forgetSignedOut(services).catch((error: unknown) => report('forget what was signed out', error));
  void removeLeftSpools();
  settings.tellWrong();
  return [
    opened,
    projects.onDidChangeConfigs(() => accounts.configsChanged()),
    projects.start(),
    registerUseStateFolder(log),
    registerAllowWriting(allowWriting),
    registerCodeHelp(services, services.extensionUri),
    registerConfigHelp(services),
    registerTools(services),
    registerPages(services),
    registerExplainErrors(services.extensionUri, log),
    lookAtJournalsSoon(services),
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
      allowWriting,
    }),
  ];
}

/**
 * Waits until the window has drawn itself, then removes old journals, follows jobs and tells of interrupted work. None
 * of this is urgent.
 */
function lookAtJournalsSoon(services: Services): vscode.Disposable {
  const { journals, log, memory } = services;
  const look = async (): Promise<void> => {
    await journals.tidy();
    if (memory.get(ownJobsKey)) await (await import('./pages/pages.lazy.ts')).followOwnJobs(services);
    const needsNotice = (await journals.unfinishedWorks()).some((work) => work.needsNotice);
    if (needsNotice) await (await commands()).tellInterrupted(services);
  };
  const timer = setTimeout(() => {
    look().catch((error: unknown) => logError(log, 'look for interrupted work', error));
  }, 2000);
  return { dispose: () => clearTimeout(timer) };
}
