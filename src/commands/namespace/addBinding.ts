import * as vscode from 'vscode';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import type { Services } from '../../services.ts';
import { about } from '../invocation/command.ts';
import { fields, fileField, namespaceField, oneOf, optional, textField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aNamespace } from '../invocation/targets.ts';
import { type BindingPlace, inputBinding, pickBindingPlace } from './bindingPrompts.ts';
import { checkHasId } from './checkHasId.ts';
import { needsTypesHint } from './typesHint.ts';

const bindingFields = ['id', 'preview_id'] as const;
type BindingField = (typeof bindingFields)[number];

interface AddBinding extends BindingPlace {
  readonly namespace: NamespaceRef;
  readonly binding: string;
  readonly field: BindingField;
}

/** Adds a namespace to a wrangler config. Resolves to whether the file had to be changed. */
export const addBinding = defineCommand<AddBinding, boolean>('addBinding', {
  progress: vscode.l10n.t('Adding the binding'),
  args: fields(
    {
      namespace: namespaceField,
      config: fileField,
      binding: textField,
      environment: optional(textField),
      field: optional(oneOf(bindingFields)),
    },
    ({ namespace, config, binding, environment, field = 'id' }) => ({
      namespace,
      config: config.fsPath,
      binding,
      field,
      ...(environment !== undefined && { environment }),
    }),
  ),
  asked: about(
    aNamespace({ question: vscode.l10n.t('Bind which namespace?') }),
    async ({ namespace, where }, services) => {
      const { source, namespace: described } = await services.sources.describe(namespace);
      checkHasId(source, namespace.id);
      const title = vscode.l10n.t('Add a Binding of {0}', where);
      const place = await pickBindingPlace(services.projects.configs, title);
      if (!place) return undefined;
      const binding = await inputBinding(described.title, title);
      if (binding === undefined) return undefined;
      const descriptions: Record<BindingField, string> = {
        id: vscode.l10n.t('used by deployed Workers, and by wrangler dev without a preview_id'),
        preview_id: vscode.l10n.t('used by wrangler dev'),
      };
      const items = bindingFields.map((label) => ({ label, description: descriptions[label] }));
      const field = await vscode.window.showQuickPick(items, { title, placeHolder: vscode.l10n.t('As which field?') });
      return field && { namespace, ...place, binding, field: field.label };
    },
  ),
  async run({ namespace, config, binding, environment, field }, { services }) {
    checkHasId(await services.sources.source(namespace.source), namespace.id);
    return services.projects.addBinding(config, { binding, field, id: namespace.id, environment });
  },
  tell: (changed, place, services) => tellBindingAdded(changed, place, services),
});

export async function tellBindingAdded(
  changed: boolean,
  { config, binding }: Pick<AddBinding, 'config' | 'binding'>,
  services: Services,
): Promise<void> {
  const file = vscode.workspace.asRelativePath(config);
  const open = vscode.l10n.t('Open Config');
  const text = await addedText();
  void vscode.window.showInformationMessage(withoutLinks(text), open).then((answer) => {
    if (answer === open) void vscode.commands.executeCommand('vscode.open', vscode.Uri.file(config));
  });

  async function addedText(): Promise<string> {
    if (!changed) return vscode.l10n.t('{0} is in {1} already.', binding, file);
    return (await needsTypesHint(config, binding, services))
      ? vscode.l10n.t('Added {0} to {1}. Run “wrangler types” to update your Env type.', binding, file)
      : vscode.l10n.t('Added {0} to {1}.', binding, file);
  }
}
