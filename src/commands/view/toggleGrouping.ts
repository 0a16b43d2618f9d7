import * as vscode from 'vscode';
import { settings } from '../../ids.ts';
import { defineCommand } from '../invocation/invoke.ts';

/** Switches between groups and flat rows; resolves to whether keys are grouped now. */
export const toggleGrouping = defineCommand<object, boolean>('toggleGrouping', {
  parse: () => ({}),
  ask: async () => ({}),
  async run() {
    const configuration = vscode.workspace.getConfiguration('cloudflareKv');
    const grouped = !configuration.get<boolean>(settings.groupKeys, true);
    const set = configuration.inspect<boolean>(settings.groupKeys);
    const target =
      set?.workspaceValue === undefined ? vscode.ConfigurationTarget.Global : vscode.ConfigurationTarget.Workspace;
    await configuration.update(settings.groupKeys, grouped, target);
    return grouped;
  },
});
