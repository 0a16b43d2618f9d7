import * as vscode from 'vscode';
import { shortText } from '../../core/store/names.ts';
import { valueUri } from '../../fs/kvUri.ts';
import { commandId } from '../../ids.ts';
import type { CreateKey } from './codeActions.ts';
import type { CodeNamespaces } from './codeNamespaces.ts';

/**
 * Creates an empty value for a key that code names, and opens it. The user's choice is remembered for the workspace.
 */
export async function createKey(
  { key, namespace, choices = [], code }: CreateKey,
  namespaces: CodeNamespaces,
): Promise<void> {
  let chosen = namespace;
  if (!chosen) {
    const picked = await vscode.window.showQuickPick(
      choices.map((one) => ({ label: one.bindings.join(', '), description: namespaces.describe(one), one })),
      { title: vscode.l10n.t('Create “{0}” in which namespace?', shortText(key)) },
    );
    if (!picked) return;
    chosen = picked.one.ref;
    const [binding] = picked.one.bindings;
    if (binding !== undefined) await namespaces.choose(binding, code.configs);
  }
  await vscode.commands.executeCommand(commandId('newKey'), { namespace: chosen, key });
  await vscode.commands.executeCommand('vscode.open', valueUri(chosen, key));
}
