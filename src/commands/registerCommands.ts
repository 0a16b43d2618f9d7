import * as vscode from 'vscode';
import { commandId, commandNames } from '../ids.ts';
import type { Services } from '../services.ts';

/** Registers every command; what they do is loaded with the first call. */
export function registerCommands(services: Services): vscode.Disposable {
  return vscode.Disposable.from(
    ...commandNames.map((name) =>
      vscode.commands.registerCommand(commandId(name), async (...args: unknown[]) => {
        const { commands } = await import('./commands.lazy.ts');
        return await commands[name].invoke(args, services);
      }),
    ),
  );
}
