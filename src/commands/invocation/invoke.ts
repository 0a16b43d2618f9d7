import * as vscode from 'vscode';
import { throwIfCancelled } from '../../core/base/cancel.ts';
import { isOurs, keyOf } from '../../fs/kvUri.ts';
import { activeUri, urisOfTab } from '../../fs/openDocuments.ts';
import { CALLED_BY_CLICK, CALLED_BY_MESSAGE } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { isTreeNode, type TreeNode } from '../../tree/nodes.ts';
import { agreed, type Running, withProgress } from '../../ui/progress.ts';
import { reportError } from '../../ui/reportError.ts';
import type { Call } from './call.ts';
import type { AnyCommand, Command } from './command.ts';
import { confirmWrite } from './confirmWrite.ts';
import { type Input, isPlainObject, toUri } from './fields.ts';
import { meantRows } from './keyPress.ts';
import { checkWritable } from './targets.ts';

/** Makes a command callable: interprets its arguments, and decides who learns of results and errors. */
export function defineCommand<A, R = void>(name: string, command: Command<A, R>): AnyCommand {
  const { args: fields, asked } = command;
  const work = async (
    args: A,
    services: Services,
    {
      token,
      isInteractive,
      confirmed = false,
    }: { token: vscode.CancellationToken | undefined; isInteractive: boolean; confirmed?: boolean },
  ): Promise<R | undefined> =>
    withProgress(command.progress, token, async (progress) => {
      const running = command.tellsHowFar ? progress : stopping(progress);
      if (!command.tellsHowFar) throwIfCancelled(running.signal);
      const writes = command.writes?.(args);
      if (writes) await checkWritable(services, writes.namespace);
      if (writes && !confirmed && !(await agreed(running, () => confirmWrite(writes, services)))) return undefined;
      return command.run(args, { services, isInteractive, ...running });
    });

  return {
    args: fields,
    target: asked.target,
    async invoke(given, services) {
      const token = given.find(isToken);
      const [first, second] = given;
      if (isArgumentObject(first) && !(isOfSelection(first) && takesRows(asked.target.kind))) {
        const confirmed = first.confirm === true;
        return work(fields.read(first), services, { token, isInteractive: false, confirmed });
      }
      try {
        const args =
          first === CALLED_BY_CLICK && isArgumentObject(second)
            ? fields.read(second)
            : await asked.ask(await callOf(first, second, services), services);
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

/** What is cancelled while a question is open does not begin, whatever the answer. */
const stopping = (running: Running): Running => ({
  ...running,
  async waitFor(answer, meanwhile) {
    const given = await running.waitFor(answer, meanwhile);
    throwIfCancelled(running.signal);
    return given;
  },
});

const isToken = (value: unknown): value is vscode.CancellationToken =>
  typeof value === 'object' && value !== null && 'onCancellationRequested' in value;

/** A URI's JSON, which links in messages pass, is a document and not an argument object. */
const isArgumentObject = (value: unknown): value is Input =>
  isPlainObject(value) && !isToken(value) && !('$mid' in value);

/** `{ from: 'selection' }`: the argument of our keybindings, because VS Code passes them no rows. */
const isOfSelection = (value: unknown): boolean =>
  isPlainObject(value) && value.from === 'selection' && Object.keys(value).length === 1;

const takesRows = (kind: AnyCommand['target']['kind']): boolean => kind !== 'none' && kind !== 'document';

async function callOf(first: unknown, second: unknown, services: Services): Promise<Call> {
  if (isOfSelection(first)) return { from: 'row', selected: await meantRows(services.tree) };
  if (first === CALLED_BY_MESSAGE && typeof second === 'string') return { from: 'message', text: second };
  if (isTreeNode(first)) {
    const selected: readonly TreeNode[] = Array.isArray(second) ? second.filter(isTreeNode) : [];
    return { from: 'row', clicked: first, selected };
  }
  if (first instanceof vscode.Uri && !isOurs(first)) return { from: 'files', files: filesOf(first, second) };
  const isGiven = first instanceof vscode.Uri || isPlainObject(first);
  const given = isGiven ? toUri(first) : activeUri();
  const uri = given && isFromTitle(second) ? withCursor(given) : given;
  if (!uri || !isOurs(uri)) return { from: 'palette' };
  return { from: 'document', uri, shown: keyOf(uri), isOnlyActive: !isGiven };
}

/**
 * An editor title passes its group along. Anything else that names a document, such as a link, means exactly that
 * document.
 */
const isFromTitle = (second: unknown): boolean => isPlainObject(second) && typeof second.groupId === 'number';

/** The title of a comparison always names its right side. Returns the side with the cursor instead. */
function withCursor(given: vscode.Uri): vscode.Uri | undefined {
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  const [left, right] = tab ? urisOfTab(tab) : [];
  return left && right && right.toString() === given.toString() ? activeUri() : given;
}

/** As with rows, a clicked file stands for the selection if it is part of it. */
function filesOf(clicked: vscode.Uri, second: unknown): readonly vscode.Uri[] {
  const selected = Array.isArray(second) ? second.filter((uri): uri is vscode.Uri => uri instanceof vscode.Uri) : [];
  const others = selected.filter((uri) => uri.toString() !== clicked.toString());
  return [clicked, ...(others.length < selected.length ? others : [])];
}
