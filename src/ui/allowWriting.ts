import * as vscode from 'vscode';
import type { ErrorWay } from '../core/base/errors.ts';
import type { NamespaceRef } from '../core/store/namespaceRef.ts';
import { containerUri, parseKvUri } from '../fs/kvUri.ts';
import { allowWritingCommand } from '../ids.ts';

/** The way out when the target of a write is a protected namespace. */
export const allowWritingWay = ({ source, id }: NamespaceRef): ErrorWay => ({
  title: vscode.l10n.t('Allow Writing'),
  command: allowWritingCommand,
  argument: containerUri(source, id).toString(),
});

/** Registers the command of the {@link allowWritingWay} button. */
export const registerAllowWriting = (allow: (namespace: NamespaceRef) => void): vscode.Disposable =>
  vscode.commands.registerCommand(allowWritingCommand, (uri: unknown) => {
    const location = typeof uri === 'string' ? parseKvUri(vscode.Uri.parse(uri)) : undefined;
    if (location?.kind === 'namespace') allow(location.namespace);
  });
