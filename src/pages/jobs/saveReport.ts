import * as vscode from 'vscode';
import { countText } from '../../core/text/countText.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { saveUri, writeTarget } from '../../ui/files.ts';
import { withProgress } from '../../ui/progress.ts';

/** Lines written at once. */
const GATHERED = 10_000;

/** Offers to save a report that is longer than what its document shows. `read` reads its lines again. */
export async function offerSaving(
  { name, shown, lines }: { readonly name: string; readonly shown: number; readonly lines: number },
  read: (signal: AbortSignal) => AsyncIterable<string>,
): Promise<void> {
  const save = vscode.l10n.t('Save All Lines…');
  const text = vscode.l10n.t(
    'The report has {0} lines; its document shows the first {1}.',
    countText(lines),
    countText(shown),
  );
  if ((await vscode.window.showInformationMessage(withoutLinks(text), save)) !== save) return;
  const to = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Save Report'),
    filters: { NDJSON: ['ndjson'] },
    defaultUri: saveUri(`${name}.ndjson`),
  });
  if (!to) return;
  await withProgress(vscode.l10n.t('Saving the report'), undefined, async ({ signal, report }) => {
    const pieces: Buffer[] = [];
    let [gathered, count] = [[] as string[], 0];
    for await (const line of read(signal)) {
      count++;
      gathered.push(`${line.trimEnd()}\n`);
      if (gathered.length < GATHERED) continue;
      pieces.push(Buffer.from(gathered.join('')));
      gathered = [];
      report(vscode.l10n.t('Reading the report: {0} lines', countText(count)));
    }
    pieces.push(Buffer.from(gathered.join('')));
    await writeTarget(to, Buffer.concat(pieces));
  });
}
