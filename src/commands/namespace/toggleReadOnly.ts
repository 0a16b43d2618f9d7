import * as vscode from 'vscode';
import { fullName } from '../../core/store/names.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import { namespaceArg } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askNamespace } from '../invocation/targets.ts';

/** Protects a namespace from every write, or lets it be written again; resolves to whether it is read-only now. */
export const toggleReadOnly = defineCommand<NamespaceRef, boolean>('toggleReadOnly', {
  parse: (input) => namespaceArg(input),
  ask: (call, services) => askNamespace(call, services, vscode.l10n.t('Switch which namespace to read-only, or back?')),
  async run(namespace, { services }) {
    await services.readOnlyNamespaces.set(namespace, !services.readOnlyNamespaces.has(namespace));
    return services.sources.readOnlyReason(namespace) !== undefined;
  },
  async tell(readOnly, namespace, services) {
    const where = fullName(await services.sources.describe(namespace));
    void vscode.window.showInformationMessage(
      withoutLinks(
        readOnly
          ? vscode.l10n.t('{0} is read-only now. Nothing writes to it until you switch it back.', where)
          : vscode.l10n.t('{0} can be written again.', where),
      ),
    );
  },
});
