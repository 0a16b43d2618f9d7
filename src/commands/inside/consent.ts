import * as vscode from 'vscode';
import type { Upload } from '../../inside/job.ts';
import type { Services } from '../../services.ts';
import { askBeside } from '../../ui/askBeside.ts';
import { ask } from '../../ui/confirm.ts';
import type { Run } from '../invocation/command.ts';
import type { Consent } from './consentTexts.ts';

/**
 * Asks whether to create a job; false when dismissed. If the user wants to see the upload first, shows it and asks
 * again in a notification, which does not cover it.
 */
export async function askConsent(
  { question, lines, brief, button }: Consent,
  upload: Upload,
  run: Run,
): Promise<boolean> {
  const show = vscode.l10n.t('Show What Will Be Uploaded');
  let answer = await run.waitFor(ask(question, lines.join('\n\n'), [button, show]));
  if (answer === show) {
    await showUpload(upload, run.services);
    answer = await askBeside([question, brief].join(' '), [button], run);
  }
  return answer === button;
}

/** Shows everything that would be uploaded, as one read-only document. */
async function showUpload(upload: Upload, { reports }: Services): Promise<void> {
  const uri = reports.addText(`${upload.script}.js`, uploadText(upload));
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
}

/** The metadata as a comment, then each module under its name. */
function uploadText({ script, modules, metadata }: Upload): string {
  const heading = (text: string): string => `// ──── ${text} ────`;
  const commented = metadata.split('\n').map((line) => `// ${line}`);
  return [
    heading(vscode.l10n.t('What is uploaded as the Worker {0}', script)),
    '',
    heading(vscode.l10n.t('Metadata')),
    ...commented,
    ...modules.flatMap(({ name, text }) => ['', heading(name), text]),
  ].join('\n');
}
