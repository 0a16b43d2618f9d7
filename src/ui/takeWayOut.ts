import * as vscode from 'vscode';
import type { WayOut } from '../core/text/wayOut.ts';

/** Does what was offered. */
export async function takeWayOut({ command, argument }: WayOut): Promise<void> {
  await vscode.commands.executeCommand(command, ...(argument === undefined ? [] : [argument]));
}
