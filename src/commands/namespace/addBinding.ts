import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import { fileArg, namespaceArg, optionalText, textArg } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askNamespace } from '../invocation/targets.ts';
import { type BindingPlace, inputBinding, pickBindingPlace } from './bindingPrompts.ts';
import { checkHasId } from './checkHasId.ts';

interface AddBinding extends BindingPlace {
  readonly namespace: NamespaceRef;
  readonly binding: string;
  readonly field: 'id' | 'preview_id';
}

/** Adds a namespace to a wrangler config; resolves to whether the file had to be changed. */
export const addBinding = defineCommand<AddBinding, boolean>('addBinding', {
  parse(input) {
    const field = optionalText(input, 'field') ?? 'id';
    if (field !== 'id' && field !== 'preview_id') {
      throw new KvError(
        'invalidInput',
        vscode.l10n.t('The argument “{0}” must be {1}.', 'field', '"id" | "preview_id"'),
      );
    }
    const environment = optionalText(input, 'environment');
    return {
      namespace: namespaceArg(input),
      config: fileArg(input, 'config').fsPath,
      binding: textArg(input, 'binding'),
      ...(environment !== undefined && { environment }),
      field,
    };
  },
  async ask(call, services) {
    const namespace = await askNamespace(call, services, vscode.l10n.t('Bind which namespace?'));
    if (!namespace) return undefined;
    const { source, namespace: described } = await services.sources.describe(namespace);
    checkHasId(source, namespace.id);
    const place = await pickBindingPlace(services.projects.configs);
    if (!place) return undefined;
    const binding = await inputBinding(described.title);
    if (binding === undefined) return undefined;
    const fields = [
      { label: 'id', description: vscode.l10n.t('used by deployed Workers, and by wrangler dev without a preview_id') },
      { label: 'preview_id', description: vscode.l10n.t('used by wrangler dev') },
    ] as const;
    const field = await vscode.window.showQuickPick(fields, { placeHolder: vscode.l10n.t('As which field?') });
    return field && { namespace, ...place, binding, field: field.label };
  },
  async run({ namespace, config, binding, environment, field }, { services }) {
    checkHasId(await services.sources.source(namespace.source), namespace.id);
    return services.projects.addBinding(config, { binding, field, id: namespace.id, environment });
  },
  tell: (changed, { config, binding }) => tellBindingAdded(changed, config, binding),
});

export function tellBindingAdded(changed: boolean, config: string, binding: string): void {
  const file = vscode.workspace.asRelativePath(config);
  const open = vscode.l10n.t('Open Config');
  const message = changed
    ? vscode.l10n.t('Added {0} to {1}. Run “wrangler types” to update your Env type.', binding, file)
    : vscode.l10n.t('{0} is in {1} already.', binding, file);
  void vscode.window.showInformationMessage(withoutLinks(message), open).then((answer) => {
    if (answer === open) void vscode.commands.executeCommand('vscode.open', vscode.Uri.file(config));
  });
}
