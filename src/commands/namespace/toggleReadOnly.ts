import * as vscode from 'vscode';
import { fullName } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import type { Services } from '../../services.ts';
import { reportError } from '../../ui/reportError.ts';
import { about } from '../invocation/command.ts';
import { fields, namespaceField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aNamespace } from '../invocation/targets.ts';

/**
 * Makes a namespace read-only, or writable again. Resolves to whether it is read-only now. Changes nothing if the
 * workspace setting makes it read-only.
 */
export const toggleReadOnly = defineCommand<NamespaceRef, boolean>('toggleReadOnly', {
  args: fields({ namespace: namespaceField }, ({ namespace }) => namespace),
  asked: about(
    aNamespace({ question: vscode.l10n.t('Switch which namespace to read-only, or back?') }),
    ({ namespace }) => namespace,
  ),
  async run(namespace, { services: { sources, protection } }) {
    // One that is not listed can be protected before it is there, in a source that is.
    await sources.source(namespace.source);
    const protector = protection.protectorOf(namespace);
    if (protector !== 'workspace') await protection.choose(namespace, protector === undefined);
    return protection.protectorOf(namespace) !== undefined;
  },
  tell: (_, namespace, services) => tellProtection(namespace, services),
});

/** For a button of a message, which may be old: makes a namespace writable if it is not, and tells whether it is. */
export async function allowWriting(namespace: NamespaceRef, services: Services): Promise<void> {
  try {
    const protector = services.protection.protectorOf(namespace);
    if (protector === 'choice' || protector === 'default') await services.protection.choose(namespace, false);
    await tellProtection(namespace, services);
  } catch (error) {
    reportError(services.log, 'allow writing', error);
  }
}

async function tellProtection(namespace: NamespaceRef, services: Services): Promise<void> {
  const where = fullName(await services.sources.describe(namespace));
  void vscode.window.showInformationMessage(withoutLinks(protectionText(where, namespace, services)));
}

function protectionText(where: string, namespace: NamespaceRef, { protection }: Services): string {
  const reason = protection.reason(namespace);
  if (reason === undefined) return vscode.l10n.t('Can be written again: {0}.', where);
  return protection.protectorOf(namespace) === 'workspace'
    ? vscode.l10n.t('{0} stays read-only. {1}', where, reason)
    : vscode.l10n.t('Read-only now: {0}. Nothing writes to it until you switch it back.', where);
}
