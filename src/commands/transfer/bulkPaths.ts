import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';

/** The path of a file or folder that bulk work streams from or to. */
export function diskPath(uri: vscode.Uri): string {
  if (uri.scheme === 'file') return uri.fsPath;
  throw new KvError('unsupported', vscode.l10n.t('{0} is not on a disk. Choose a file or folder there.', uri.path));
}

/** Asks for a bulk file to read. For a folder, the user picks its manifest. `undefined` when dismissed. */
export async function askBulkFile(title: string): Promise<vscode.Uri | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title,
      filters: { [vscode.l10n.t('Bulk files, or kv-manifest.json of a folder')]: ['json', 'ndjson', 'jsonl', 'csv'] },
    })) ?? [];
  return file;
}
