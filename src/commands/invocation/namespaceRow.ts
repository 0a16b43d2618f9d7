import * as vscode from 'vscode';
import { type CommandName, commandId } from '../../ids.ts';
import type { Asker } from './command.ts';
import { isKeyPress, rowOf } from './resolve.ts';

/**
 * Some keys act on keys with one command and on namespaces with another. Passes a key press on the row of a namespace
 * on to the `other` command, with its questions and refusals.
 */
export const orOfNamespace = <A>(other: CommandName, asked: Asker<A>): Asker<A> => ({
  target: asked.target,
  async ask(call, services) {
    const row = isKeyPress(call) ? rowOf(call) : undefined;
    if (row?.kind !== 'namespace') return await asked.ask(call, services);
    await vscode.commands.executeCommand(commandId(other), row);
    return undefined;
  },
});
