import * as vscode from 'vscode';
import type { Services } from '../services.ts';
import { logError } from '../ui/reportError.ts';
import { BindingNames } from './bindingNames.ts';
import { mayUseKv } from './code/mentions.ts';
import { isWorkerCode } from './workerCode.ts';

/** How long after the last keystroke a document is checked, in milliseconds. */
const QUIET_MS = 300;

/**
 * Starts the help inside Worker code when a document is visible that may use KV. Until then none of it is loaded, and
 * texts are only searched for names.
 */
export function registerCodeHelp(
  services: Services,
  extensionUri: vscode.Uri,
  load: () => Promise<Pick<typeof import('./codeHelp.lazy.ts'), 'startCodeHelp'>> = () => import('./codeHelp.lazy.ts'),
): vscode.Disposable {
  const bindings = new BindingNames(services.projects);
  let help: vscode.Disposable | undefined;
  let isStarting = false;
  let isDisposed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const waiting: vscode.Disposable[] = [];
  const start = async (): Promise<void> => {
    isStarting = true;
    try {
      const { startCodeHelp } = await load();
      if (isDisposed) return;
      help = startCodeHelp(services, bindings, extensionUri);
      for (const listener of waiting.splice(0)) listener.dispose();
    } finally {
      // If it failed, the next check tries again.
      isStarting = false;
    }
  };
  const isAboutKv = async (document: vscode.TextDocument, names: ReadonlySet<string>): Promise<boolean> => {
    if (mayUseKv(document.getText(), names)) return true;
    await bindings.read(document.fileName);
    return mayUseKv(document.getText(), bindings.of(document.fileName));
  };
  const lookThrough = async (): Promise<void> => {
    const names = new Set(services.projects.configs.flatMap(({ bindings: all }) => all.map(({ name }) => name)));
    for (const { document } of vscode.window.visibleTextEditors) {
      const isWanted = isWorkerCode(document) && (await isAboutKv(document, names));
      if (isStarting || help || isDisposed) return;
      if (isWanted) return await start();
    }
  };
  const look = (): void => {
    if (isStarting || help) return;
    lookThrough().catch((error: unknown) => logError(services.log, 'start the help in Worker code', error));
  };
  const lookSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(look, QUIET_MS);
  };
  waiting.push(
    vscode.window.onDidChangeVisibleTextEditors(look),
    services.projects.onDidChangeConfigs(look),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (isWorkerCode(document)) lookSoon();
    }),
  );
  look();
  return {
    dispose() {
      isDisposed = true;
      clearTimeout(timer);
      vscode.Disposable.from(...waiting).dispose();
      help?.dispose();
    },
  };
}
