import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { sideLabel } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { KvSource } from '../../core/store/store.ts';
import type { Services } from '../../services.ts';
import { inputText } from '../../ui/inputText.ts';
import { about } from '../invocation/command.ts';
import { fields, namespaceField, optional, textField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';
import { shownActivity } from './shownActivity.ts';

interface FilterActivity {
  readonly text: string;
  /** All namespaces if absent. */
  readonly namespace?: NamespaceRef | undefined;
}

/** Shows only changes to keys whose names contain a text, in one namespace or in all. Without both, shows all. */
export const filterActivity = defineCommand<FilterActivity>('filterActivity', {
  args: fields({ text: optional(textField), namespace: optional(namespaceField) }, ({ text = '', namespace }) => ({
    text,
    namespace,
  })),
  asked: about(nothing, (_, services) => askFilter(services)),
  async run({ text, namespace }, { services }) {
    const view = shownActivity(services);
    if (namespace) await checkIsOf(view.source, namespace);
    view.log.filter = { text, namespace: namespace?.id };
    view.redraw();
  },
});

async function checkIsOf(source: KvSource, { source: other, id }: NamespaceRef): Promise<void> {
  const where = sideLabel(source);
  if (other !== source.id) {
    const text = vscode.l10n.t('The activity of {0} is shown; the namespace “{1}” is of another source.', where, id);
    throw new KvError('invalidInput', text);
  }
  if ((await source.namespaces()).some((one) => one.id === id)) return;
  const text = vscode.l10n.t('There is no namespace “{0}” in {1}: its activity cannot be shown.', id, where);
  throw new KvError('namespaceNotFound', text);
}

async function askFilter(services: Services): Promise<FilterActivity | undefined> {
  const { namespaces, log, source } = shownActivity(services);
  let namespace: NamespaceRef | undefined;
  if (namespaces.length > 1) {
    const all = { label: vscode.l10n.t('All namespaces'), id: undefined };
    const one = namespaces.map(({ id, title }) => ({ label: title, description: id === title ? '' : id, id }));
    const placeHolder = vscode.l10n.t('Show the activity of which namespace?');
    const picked = await vscode.window.showQuickPick([all, ...one], { placeHolder });
    if (!picked) return undefined;
    namespace = picked.id === undefined ? undefined : { source: source.id, id: picked.id };
  }
  const text = await inputText({
    title: vscode.l10n.t('Filter Activity'),
    prompt: vscode.l10n.t('Only keys that contain this; leave it empty for every key.'),
    value: log.filter.text,
  });
  return text === undefined ? undefined : { text, namespace };
}
