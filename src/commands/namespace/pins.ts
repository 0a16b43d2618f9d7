import * as vscode from 'vscode';
import type { Pin } from '../../core/store/pins.ts';
import { namespaceArg, optionalText } from '../invocation/arguments.ts';
import type { AnyCommand } from '../invocation/command.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askNamespace } from '../invocation/targets.ts';

const pinCommand = (name: string, pinned: boolean, placeHolder: string): AnyCommand =>
  defineCommand<readonly Pin[], readonly Pin[]>(name, {
    parse(input) {
      const prefix = optionalText(input, 'prefix');
      return [{ ...namespaceArg(input), ...(prefix !== undefined && prefix !== '' && { prefix }) }];
    },
    async ask(call, services) {
      const rows = call.nodes.flatMap((node): Pin[] => {
        if (node.kind === 'namespace') return [node.ref];
        return node.kind === 'group' ? [{ ...node.namespace.ref, prefix: node.prefix }] : [];
      });
      if (rows.length > 0) return rows;
      const namespace = await askNamespace(call, services, placeHolder);
      return namespace && [namespace];
    },
    async run(pins, { services }) {
      for (const one of pins) await services.pins.set(one, pinned);
      return pins;
    },
  });

/** Keeps a namespace at the top of its project, or a prefix at the top of its namespace. */
export const pin = pinCommand('pin', true, vscode.l10n.t('Pin which namespace to the top?'));
export const unpin = pinCommand('unpin', false, vscode.l10n.t('Unpin which namespace?'));
