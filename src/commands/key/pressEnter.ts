import * as vscode from 'vscode';
import { commandId } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { meantRows } from '../invocation/keyPress.ts';

/** Renames the key that has the focus; on any other row it is the list's own key, which opens and closes. */
export async function pressEnter({ tree }: Services): Promise<void> {
  const [row, ...others] = await meantRows(tree.view);
  if (row?.kind !== 'key') await vscode.commands.executeCommand('list.select');
  else if (others.length === 0) await vscode.commands.executeCommand(commandId('renameKey'), row);
}
