import * as vscode from 'vscode';
import type { Pin } from '../../core/store/pins.ts';
import { type AnyCommand, only } from '../invocation/command.ts';
import { fields, namespaceField, optional, textField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { isKeyPress, rowsOf } from '../invocation/resolve.ts';
import { aNamespace, ownTarget } from '../invocation/targets.ts';

/** Selected namespaces and groups, or a namespace that the user picks. */
const pinned = (question: string) =>
  ownTarget<readonly Pin[]>('rows', async (call, services) => {
    const rows = rowsOf(call).flatMap((row): Pin[] => {
      if (row.kind === 'namespace') return [row.ref];
      return row.kind === 'group' ? [{ ...row.namespace.ref, prefix: row.prefix }] : [];
    });
    if (rows.length > 0) return rows;
    if (isKeyPress(call)) return undefined;
    const chosen = await aNamespace({ question }).find(call, services);
    return chosen && [chosen.namespace];
  });

const pinCommand = (name: string, isPinned: boolean, question: string): AnyCommand =>
  defineCommand<readonly Pin[], readonly Pin[]>(name, {
    args: fields({ namespace: namespaceField, prefix: optional(textField) }, ({ namespace, prefix }) => [
      { ...namespace, ...(prefix !== undefined && { prefix }) },
    ]),
    asked: only(pinned(question)),
    async run(pins, { services }) {
      for (const one of pins) {
        await services.sources.source(one.source);
        await services.pins.set(one, isPinned);
      }
      return pins;
    },
  });

/** Shows a namespace at the top of its project, or a prefix at the top of its namespace. */
export const pin = pinCommand('pin', true, vscode.l10n.t('Pin which namespace to the top?'));
export const unpin = pinCommand('unpin', false, vscode.l10n.t('Unpin which namespace?'));
