import * as vscode from 'vscode';
import { pageNames, pageType } from '../ids.ts';
import type { Services } from '../services.ts';

/** Restores the pages that were open before the window reloaded. */
export const registerPages = (services: Services): vscode.Disposable =>
  vscode.Disposable.from(
    ...pageNames.map((name) =>
      vscode.window.registerWebviewPanelSerializer(pageType(name), {
        async deserializeWebviewPanel(panel, state: unknown) {
          const { restorePage } = await import('./pages.lazy.ts');
          const memory = typeof state === 'object' && state !== null && 'memory' in state ? state.memory : undefined;
          // What the page stored may be from an older version. Then there is nothing to show.
          if (!restorePage[name](panel, memory, services)) panel.dispose();
        },
      }),
    ),
  );
