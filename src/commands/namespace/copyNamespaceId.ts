import * as vscode from 'vscode';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { about } from '../invocation/command.ts';
import { fields, namespaceField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aNamespace } from '../invocation/targets.ts';
import { checkHasId } from './checkHasId.ts';

export const copyNamespaceId = defineCommand<NamespaceRef, string>('copyNamespaceId', {
  args: fields({ namespace: namespaceField }, ({ namespace }) => namespace),
  asked: about(
    aNamespace({ question: vscode.l10n.t('Copy the id of which namespace?') }),
    ({ namespace }) => namespace,
  ),
  async run({ source, id }, { services }) {
    checkHasId(await services.sources.source(source), id);
    await vscode.env.clipboard.writeText(id);
    return id;
  },
});
