import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { fullName } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import { namespaceArg, textArg } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askWholeNamespace } from '../invocation/targets.ts';

interface RenameNamespace {
  readonly namespace: NamespaceRef;
  readonly title: string;
}

/** Changes the title that an account knows a namespace by; its id and its bindings stay. */
export const renameNamespace = defineCommand<RenameNamespace, RenameNamespace>('renameNamespace', {
  parse: (input) => ({ namespace: namespaceArg(input), title: textArg(input, 'title') }),
  async ask(call, services) {
    const namespace = await askWholeNamespace(call, services, vscode.l10n.t('Rename which namespace?'));
    if (!namespace) return undefined;
    const described = await services.sources.describe(namespace);
    const title = await vscode.window.showInputBox({
      title: vscode.l10n.t('Rename {0}', fullName(described)),
      value: described.namespace.title,
      validateInput: (text) => (text.trim() === '' ? vscode.l10n.t('Type a title.') : undefined),
    });
    return title === undefined || title === described.namespace.title ? undefined : { namespace, title: title.trim() };
  },
  async run(args, { services, signal }) {
    const described = await services.sources.describe(args.namespace);
    if (!described.source.rename) {
      throw new KvError(
        'unsupported',
        vscode.l10n.t('{0} was not renamed: a local namespace has the name of its binding.', fullName(described)),
      );
    }
    await described.source.rename(args.namespace.id, args.title, signal);
    return args;
  },
});
