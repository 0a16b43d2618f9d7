import * as vscode from 'vscode';
import { walkthroughId } from '../../ids.ts';
import { defineCommand } from '../invocation/invoke.ts';

/** Opens the first steps, at the one that is next. */
export const openWalkthrough = defineCommand<object>('openWalkthrough', {
  parse: () => ({}),
  ask: async () => ({}),
  async run(_, { services }) {
    await vscode.commands.executeCommand(
      'workbench.action.openWalkthrough',
      `${services.extensionId}#${walkthroughId}`,
    );
  },
});
