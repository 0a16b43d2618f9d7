import * as vscode from 'vscode';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import { namespaceArg } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askNamespace } from '../invocation/targets.ts';
import { checkHasId } from './checkHasId.ts';

export const copyNamespaceId = defineCommand<NamespaceRef, string>('copyNamespaceId', {
  parse: (input) => namespaceArg(input),
  ask: (call, services) => askNamespace(call, services, vscode.l10n.t('Copy the id of which namespace?')),
  async run({ source, id }, { services }) {
    checkHasId(await services.sources.source(source), id);
    await vscode.env.clipboard.writeText(id);
    return id;
  },
});
