import * as vscode from 'vscode';
import { type ActivityFilter, NO_FILTER } from '../../core/store/activityLog.ts';
import type { Services } from '../../services.ts';
import { about } from '../invocation/command.ts';
import { fields, namespaceField, optional, textField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';
import { shownActivity } from './shownActivity.ts';

/** Shows only what was done to keys with a text in their names, in one namespace or in all; without both it shows all. */
export const filterActivity = defineCommand<ActivityFilter>('filterActivity', {
  args: fields(
    { text: optional(textField), namespace: optional(namespaceField) },
    ({ text = '', namespace }): ActivityFilter => ({ text, namespace: namespace?.id }),
  ),
  asked: about(nothing, (_, services) => askFilter(services)),
  async run(filter, { services }) {
    const view = shownActivity(services);
    view.log.filter = filter;
    view.redraw();
  },
});

async function askFilter(services: Services): Promise<ActivityFilter | undefined> {
  const { namespaces, log } = shownActivity(services);
  let { namespace } = NO_FILTER;
  if (namespaces.length > 1) {
    const all = { label: vscode.l10n.t('All namespaces'), id: undefined };
    const one = namespaces.map(({ id, title }) => ({ label: title, description: id === title ? '' : id, id }));
    const placeHolder = vscode.l10n.t('Show the activity of which namespace?');
    const picked = await vscode.window.showQuickPick([all, ...one], { placeHolder });
    if (!picked) return undefined;
    namespace = picked.id;
  }
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Filter Activity'),
    prompt: vscode.l10n.t('Only keys that contain this; leave it empty for every key.'),
    value: log.filter.text,
  });
  return text === undefined ? undefined : { text, namespace };
}
