import * as vscode from 'vscode';
import { type CommandName, commandId } from '../../ids.ts';
import type { Asker } from './command.ts';
import { isKeyPress, rowOf } from './resolve.ts';

/**
 * What a key does to keys, it does to a namespace by another command: a press on the row of one is handed on to that,
 * with its questions and refusals.
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
