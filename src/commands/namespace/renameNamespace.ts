import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { fullName } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { inputText } from '../../ui/inputText.ts';
import { about } from '../invocation/command.ts';
import { fields, namespaceField, titleField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aWholeNamespace, checkWritable } from '../invocation/targets.ts';

interface RenameNamespace {
  readonly namespace: NamespaceRef;
  readonly title: string;
}

/** Changes the title of a namespace in its account. Its id and bindings stay. */
export const renameNamespace = defineCommand<RenameNamespace, RenameNamespace>('renameNamespace', {
  progress: vscode.l10n.t('Renaming the namespace'),
  args: fields({ namespace: namespaceField, title: titleField }),
  asked: about(
    aWholeNamespace({ question: vscode.l10n.t('Rename which namespace?'), writes: true }),
    async ({ namespace, where }, { sources }) => {
      const described = await sources.describe(namespace);
      if (!described.source.rename) throw notRenamed(where);
      const before = described.namespace.title;
      const title = await inputText({
        title: vscode.l10n.t('Rename {0}', where),
        value: before,
        validateInput: (text) => (text.trim() === '' ? vscode.l10n.t('Type a title.') : undefined),
      });
      return title === undefined || title === before ? undefined : { namespace, title: title.trim() };
    },
  ),
  async run(args, { services, signal }) {
    await checkWritable(services, args.namespace);
    const described = await services.sources.describe(args.namespace);
    if (!described.source.rename) throw notRenamed(fullName(described));
    await described.source.rename(args.namespace.id, args.title, signal);
    return args;
  },
});

const notRenamed = (where: string): KvError =>
  new KvError(
    'unsupported',
    vscode.l10n.t('{0} was not renamed: a local namespace has the name of its binding.', where),
  );
