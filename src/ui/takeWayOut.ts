import * as vscode from 'vscode';
import type { WayOut } from '../core/text/wayOut.ts';

/** Runs the command of a way out. */
export async function takeWayOut({ command, argument }: WayOut): Promise<void> {
  await vscode.commands.executeCommand(command, ...(argument === undefined ? [] : [argument]));
}
