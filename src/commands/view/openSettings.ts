import * as vscode from 'vscode';
import { defineCommand } from '../invocation/invoke.ts';

/** Shows the settings of this extension, and no others. */
export const openSettings = defineCommand<object>('openSettings', {
  parse: () => ({}),
  ask: async () => ({}),
  async run() {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'cloudflareKv');
  },
});
