import * as vscode from 'vscode';
import { commandId } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { meantRows } from '../invocation/keyPress.ts';

/** Renames the focused key. On any other row, does what Enter does in a list: expands or collapses. */
export async function pressEnter({ tree }: Services): Promise<void> {
  const [row, ...others] = await meantRows(tree);
  if (row?.kind !== 'key') await vscode.commands.executeCommand('list.select');
  else if (others.length === 0) await vscode.commands.executeCommand(commandId('renameKey'), row);
}
