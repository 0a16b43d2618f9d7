import * as vscode from 'vscode';
import { only } from '../invocation/command.ts';
import { noFields } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';

/** Shows only the settings of this extension. */
export const openSettings = defineCommand<object>('openSettings', {
  args: noFields,
  asked: only(nothing),
  async run() {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'cloudflareKv');
  },
});
