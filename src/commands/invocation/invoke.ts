import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { isOurs } from '../../fs/kvUri.ts';
import { activeUri } from '../../fs/openDocuments.ts';
import { CALLED_BY_MESSAGE } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { isTreeNode, type TreeNode } from '../../tree/nodes.ts';
import { withProgress } from '../../ui/progress.ts';
import { reportError } from '../../ui/reportError.ts';
import { type Input, isPlainObject, toUri } from './arguments.ts';
import type { AnyCommand, Call, Command } from './command.ts';
import { confirmWrite } from './confirmWrite.ts';

/** The first argument of a keybinding in the view: a keybinding passes no rows. */
const SELECTION = 'selection';

/** Makes a command callable: sorts its arguments out, and decides who hears of the result and of errors. */
export function defineCommand<A, R = void>(name: string, command: Command<A, R>): AnyCommand {
  const work = async (
    args: A,
    services: Services,
    {
      token,
      isInteractive,
      confirmed = false,
    }: { token: vscode.CancellationToken | undefined; isInteractive: boolean; confirmed?: boolean },
  ): Promise<R | undefined> =>
    withProgress(command.progress ?? vscode.l10n.t('Cloudflare KV'), token, async (running) => {
      const writes = command.writes?.(args);
      const readOnly = writes && services.sources.readOnlyReason(writes.namespace);
      if (readOnly !== undefined) throw new KvError('readOnly', readOnly);
      if (writes && !confirmed && !(await running.waitFor(confirmWrite(writes, services)))) return undefined;
      return command.run(args, { services, isInteractive, ...running });
    });

  return {
    async invoke(given, services) {
      const token = given.find(isToken);
      const [first, second] = given;
      if (isArgumentObject(first)) {
        const confirmed = first.confirm === true;
        return work(command.parse(first), services, { token, isInteractive: false, confirmed });
      }
      try {
        const args = await command.ask(callOf(first, second, services), services);
        if (args === undefined) return undefined;
        const result = await work(args, services, { token, isInteractive: true });
        if (result !== undefined) await command.tell?.(result, args, services);
      } catch (error) {
        reportError(services.log, name, error);
      }
      return undefined;
    },
  };
}

const isToken = (value: unknown): value is vscode.CancellationToken =>
  typeof value === 'object' && value !== null && 'onCancellationRequested' in value;

/** A URI's JSON comes from links in messages and is a document, not an argument object. */
const isArgumentObject = (value: unknown): value is Input =>
  isPlainObject(value) && !isToken(value) && !('$mid' in value);

function callOf(first: unknown, second: unknown, services: Services): Call {
  if (first === SELECTION) return { nodes: services.tree.view.selection };
  if (first === CALLED_BY_MESSAGE && typeof second === 'string') return { nodes: [], text: second };
  if (isTreeNode(first)) {
    const selected: readonly TreeNode[] = Array.isArray(second) ? second.filter(isTreeNode) : [];
    return { nodes: selected.includes(first) ? selected : [first] };
  }
  if (first instanceof vscode.Uri && !isOurs(first)) return { nodes: [], files: filesOf(first, second) };
  const isGiven = first instanceof vscode.Uri || isPlainObject(first);
  const uri = isGiven ? toUri(first) : activeUri();
  return { nodes: [], ...(uri && isOurs(uri) && { uri, ...(!isGiven && { isOnlyActive: true as const }) }) };
}

/** As with rows: a clicked file stands for the selection when it is part of it. */
function filesOf(clicked: vscode.Uri, second: unknown): readonly vscode.Uri[] {
  const selected = Array.isArray(second) ? second.filter((uri): uri is vscode.Uri => uri instanceof vscode.Uri) : [];
  const others = selected.filter((uri) => uri.toString() !== clicked.toString());
  return [clicked, ...(others.length < selected.length ? others : [])];
}
