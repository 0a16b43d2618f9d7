import * as vscode from 'vscode';
import { activityLine } from '../../core/store/activityLog.ts';
import { countText } from '../../core/text/countText.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { saveUri, writeTarget } from '../../ui/files.ts';
import { about } from '../invocation/command.ts';
import { fields, fileField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';
import { shownActivity } from './shownActivity.ts';

interface SaveActivity {
  readonly to: vscode.Uri;
}

interface Saved extends SaveActivity {
  readonly rows: number;
}

/** Writes the rows that pass the filter to a file, one per line, oldest first, without values. */
export const saveActivity = defineCommand<SaveActivity, Saved>('saveActivity', {
  args: fields({ to: fileField }),
  asked: about(nothing, async (_, services) => {
    shownActivity(services);
    const to = await vscode.window.showSaveDialog({
      title: vscode.l10n.t('Save Activity'),
      filters: { NDJSON: ['ndjson'] },
      defaultUri: saveUri('activity.ndjson'),
    });
    return to && { to };
  }),
  async run({ to }, { services }) {
    const view = shownActivity(services);
    const rows = view.log.shown().toReversed();
    const lines = rows.map((row) => `${activityLine(row, view.titleOf(row.event.namespace))}\n`);
    await writeTarget(to, Buffer.from(lines.join('')));
    return { to, rows: rows.length };
  },
  tell({ to, rows }) {
    const name = vscode.workspace.asRelativePath(to);
    const text =
      rows === 1
        ? vscode.l10n.t('Saved 1 row to {0}.', name)
        : vscode.l10n.t('Saved {0} rows to {1}.', countText(rows), name);
    void vscode.window.showInformationMessage(withoutLinks(text));
  },
});
