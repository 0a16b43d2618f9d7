import { basename } from 'node:path';
import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { keyToSegment } from '../../core/keys/keyPath.ts';
import { fullName, keyCount, namespaceLabel, someKeys } from '../../core/store/names.ts';
import { EVERYTHING, isEverything, type Selection, selectedEntries } from '../../core/store/selection.ts';
import type { BulkOutcome } from '../../core/store/store.ts';
import { type BulkFormat, bulkFormats, formatOfPath } from '../../core/transfer/files/bulkFormat.ts';
import { keysOf, selectionName } from '../../core/transfer/selectionName.ts';
import type { Services } from '../../services.ts';
import { saveUri } from '../../ui/files.ts';
import { tellOutcome } from '../../ui/outcome.ts';
import { startPace } from '../../ui/pace.ts';
import { about, type Run } from '../invocation/command.ts';
import { fields, fileField, oneOf, optional, selectedOf, selectionFields } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import type { Selected } from '../invocation/resolve.ts';
import { aSelection } from '../invocation/targets.ts';
import { diskPath } from './bulkPaths.ts';
import { type ReadingTexts, storesToRead } from './reading.ts';

interface ExportKeys extends Selected {
  readonly to: vscode.Uri;
  readonly format: BulkFormat;
}

/** Includes the keys whose metadata `wrangler kv bulk put` refuses, if there are any. */
interface ExportOutcome extends BulkOutcome {
  readonly notForWrangler?: readonly string[];
}

/** Writes keys with metadata and expiration to a file or folder. A cancelled export leaves nothing. */
export const exportKeys = defineCommand<ExportKeys, ExportOutcome>('exportKeys', {
  progress: vscode.l10n.t('Exporting keys'),
  tellsHowFar: true,
  args: fields({ ...selectionFields, to: fileField, format: optional(oneOf(bulkFormats)) }, (given) => ({
    ...selectedOf(given),
    to: given.to,
    format: given.format ?? formatOfPath(given.to.path),
  })),
  asked: about(
    aSelection({ question: vscode.l10n.t('Export keys of which namespace?'), takesActive: false }),
    (selected, services) => askExport(selected, services),
  ),
  run: runExport,
  async tell(outcome, args, services) {
    await tellExported(outcome, args, fullName(await services.sources.describe(args.namespace)));
  },
});

const TEXTS: ReadingTexts = {
  question: (keys, where) => vscode.l10n.t('Export {0} from {1}?', keys, where),
  button: (count) => vscode.l10n.t('Export {0} Keys', count),
  inside: { job: 'export' },
};

/** Asks for format and target. `undefined` when dismissed. */
async function askExport(selected: Selected, services: Services): Promise<ExportKeys | undefined> {
  const described = await services.sources.describe(selected.namespace);
  const title = exportTitle(selected.selection, fullName(described));
  const picked = await vscode.window.showQuickPick(
    bulkFormats.map((format) => ({ ...FORMATS[format](), format })),
    { title, placeHolder: vscode.l10n.t('Export in which format?') },
  );
  if (!picked) return undefined;
  const { format } = picked;
  const name = fileName(namespaceLabel(described.namespace), selected.selection);
  const to = await vscode.window.showSaveDialog({
    title,
    saveLabel: vscode.l10n.t('Export'),
    // With filters, VS Code adds the extension if the user types none, or one of another format, which could not be
    // imported.
    ...(format !== 'folder' && { filters: { [FORMATS[format]().label]: ENDINGS[format] } }),
    defaultUri: saveUri(format === 'folder' ? name : `${name}.${format}`),
  });
  const { namespace, selection } = selected;
  return to && { namespace, selection, to, format };
}

const exportTitle = (selection: Selection, where: string): string =>
  isEverything(selection)
    ? vscode.l10n.t('Export Keys of {0}', where)
    : vscode.l10n.t('Export {0}', selectionName(selection, where));

/** Names the part of the namespace too, so that a partial export does not look like all of it. */
function fileName(label: string, selection: Selection): string {
  const [only, ...more] = [...selection.prefixes, ...selection.keys];
  const part = more.length > 0 ? vscode.l10n.t('selection') : only;
  return keyToSegment(part ? `${label} ${part}` : label).replace(/[<>:"|?*]/g, '_');
}

async function runExport(
  { namespace, selection, to, format }: ExportKeys,
  run: Run,
): Promise<ExportOutcome | undefined> {
  const { services, signal, report } = run;
  const where = fullName(await services.sources.describe(namespace));
  const [store] = (await storesToRead([{ namespace, selection }], TEXTS, run)) ?? [];
  if (!store) return undefined;
  const failed: BulkOutcome['failed'][number][] = [];
  const pace = startPace(selection.prefixes.length === 0 ? selection.keys.length : undefined);
  const { exportEntries } = await import('../../core/transfer/files/bulkFiles.lazy.ts');
  const { notForWrangler, ...outcome } = await exportEntries(
    selectedEntries(store, selection, signal, (failure) => failed.push(failure)),
    { path: diskPath(to), format },
    {
      signal,
      report: (done) =>
        report(pace(vscode.l10n.t('Exporting {0} of {1}', keysOf(selection, keyCount(done)), where), done)),
    },
  );
  return { ...outcome, skipped: 0, failed, ...(notForWrangler.length > 0 && { notForWrangler }) };
}

async function tellExported(
  outcome: ExportOutcome,
  { to, format, selection }: ExportKeys,
  where: string,
): Promise<void> {
  if (outcome.cancelled) return;
  const { notForWrangler = [] } = outcome;
  const remark =
    format !== 'json' || notForWrangler.length === 0
      ? ''
      : ` ${vscode.l10n.t('“wrangler kv bulk put” refuses metadata that is not an object: {0}.', someKeys(notForWrangler))}`;
  const show = await showing(to);
  const total = outcome.done + outcome.failed.length;
  const keys = (count: number): string => keysOf(selection, keyCount(count));
  const pressed = await tellOutcome(
    outcome,
    total,
    {
      all: `${vscode.l10n.t('Exported {0} of {1} to {2}.', keys(outcome.done), where, basename(to.path))}${remark}`,
      partly: (done) => `${vscode.l10n.t('Exported {0} of {1} from {2}.', done, keys(total), where)}${remark}`,
    },
    ...(show ? [show.button] : []),
  );
  if (show && pressed === show.button) await vscode.commands.executeCommand(show.command, to);
}

/** How the user can look at an export. A browser, or a window on another machine, cannot show folders of the system. */
async function showing(to: vscode.Uri): Promise<{ readonly button: string; readonly command: string } | undefined> {
  if (vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined) {
    return { button: vscode.l10n.t('Show in Folder'), command: 'revealFileInOS' };
  }
  const { type } = await vscode.workspace.fs.stat(to);
  if (type === vscode.FileType.File) return { button: vscode.l10n.t('Open'), command: 'vscode.open' };
  return vscode.workspace.getWorkspaceFolder(to) && { button: vscode.l10n.t('Show'), command: 'revealInExplorer' };
}

/** Exports a whole namespace before it is deleted. False if it was dismissed, cancelled or incomplete. */
export async function exportFirst(namespace: Selected['namespace'], run: Run): Promise<boolean> {
  const { services, waitFor } = run;
  const where = fullName(await services.sources.describe(namespace));
  const asked = askExport({ namespace, selection: EVERYTHING }, services);
  const args = await waitFor(asked);
  const outcome = args && (await runExport(args, run));
  if (!outcome) return false;
  if (outcome.failed.length > 0) {
    throw new KvError('conflict', vscode.l10n.t('Nothing was deleted: the export is not complete.'));
  }
  void tellExported(outcome, args, where);
  return !outcome.cancelled;
}

const ENDINGS: Record<Exclude<BulkFormat, 'folder'>, string[]> = {
  json: ['json'],
  ndjson: ['ndjson', 'jsonl'],
  csv: ['csv'],
};

const FORMATS: Record<BulkFormat, () => { label: string; description: string }> = {
  json: () => ({ label: 'JSON', description: vscode.l10n.t('as “wrangler kv bulk put” reads it') }),
  ndjson: () => ({ label: 'NDJSON', description: vscode.l10n.t('one entry a line, for any size') }),
  csv: () => ({ label: 'CSV', description: vscode.l10n.t('for spreadsheets') }),
  folder: () => ({ label: vscode.l10n.t('Folder'), description: vscode.l10n.t('one file for each value') }),
};
