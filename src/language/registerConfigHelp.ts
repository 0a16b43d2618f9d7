import * as vscode from 'vscode';
import type { Services } from '../services.ts';
import { logError } from '../ui/reportError.ts';
import { configSelector } from './config/configSelector.ts';

/** Help inside wrangler configs, loaded when one becomes visible in an editor. */
export function registerConfigHelp(services: Services): vscode.Disposable {
  let help: vscode.Disposable | undefined;
  let isBegun = false;
  let isDisposed = false;
  const look = async (): Promise<void> => {
    const selector = configSelector(services.settings.configs);
    const isShown = vscode.window.visibleTextEditors.some(({ document }) => vscode.languages.match(selector, document));
    if (isBegun || !isShown) return;
    isBegun = true;
    try {
      const { startConfigHelp } = await import('./config/configHelp.lazy.ts');
      const started = await startConfigHelp(services);
      if (isDisposed) started.dispose();
      else help = started;
    } catch (error) {
      // The next editor tries again.
      isBegun = false;
      throw error;
    }
  };
  const lookNow = (): void => {
    look().catch((error: unknown) => logError(services.log, 'start the help in wrangler configs', error));
  };
  const listening = vscode.Disposable.from(
    vscode.window.onDidChangeVisibleTextEditors(lookNow),
    services.settings.onDidChange(lookNow),
  );
  lookNow();
  return {
    dispose() {
      isDisposed = true;
      listening.dispose();
      help?.dispose();
    },
  };
}
