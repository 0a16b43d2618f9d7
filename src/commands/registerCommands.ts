import * as vscode from 'vscode';
import { commandId, commandNames, enterCommand } from '../ids.ts';
import type { Services } from '../services.ts';

/** Registers every command. The first call loads their code. */
export function registerCommands(services: Services): vscode.Disposable {
  return vscode.Disposable.from(
    ...commandNames.map((name) =>
      vscode.commands.registerCommand(commandId(name), async (...args: unknown[]) => {
        const { commands } = await import('./commands.lazy.ts');
        return await commands[name].invoke(args, services);
      }),
    ),
    vscode.commands.registerCommand(enterCommand, async () => {
      const { pressEnter } = await import('./commands.lazy.ts');
      await pressEnter(services);
    }),
  );
}
