import * as vscode from 'vscode';
import { walkthroughId } from '../../ids.ts';
import { only } from '../invocation/command.ts';
import { noFields } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';

/** Opens the walkthrough at its next step. */
export const openWalkthrough = defineCommand<object>('openWalkthrough', {
  args: noFields,
  asked: only(nothing),
  async run(_, { services }) {
    await vscode.commands.executeCommand(
      'workbench.action.openWalkthrough',
      `${services.extensionId}#${walkthroughId}`,
    );
  },
});
