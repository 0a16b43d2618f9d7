import * as vscode from 'vscode';
import { throwIfCancelled } from '../../core/base/cancel.ts';
import type { CheckItem } from '../../core/check/item.ts';
import { LONGEST_CODE } from '../../core/code/syntax.ts';
import { check } from '../code/diagnostics/check.ts';
import { type CheckedCode, practiceItems } from '../code/practiceItems.ts';
import { practicesIn } from '../code/practices.ts';
import { FILES, MADE_BY_TOOLS, MOST_FILES, readCode } from './codeFiles.ts';
import type { WorkerDocuments } from './workerDocuments.ts';

/** Tests may try what a Worker must not do. */
const TEST = /[\\/](?:tests?|__tests__|__mocks__)[\\/]|\.(?:test|spec)\.[^.]+$/;

/** How the Worker code that sees one of these configs uses KV. */
export async function checkCode(
  documents: WorkerDocuments,
  configs: readonly string[],
  signal: AbortSignal,
): Promise<readonly CheckItem[]> {
  const uris = await vscode.workspace.findFiles(FILES, MADE_BY_TOOLS, MOST_FILES + 1);
  const open = new Map(vscode.workspace.textDocuments.map((document) => [document.uri.toString(), document]));
  const files: CheckedCode[] = [];
  const tooLong: string[] = [];
  for (const uri of uris.slice(0, MOST_FILES).sort((a, b) => (a.path < b.path ? -1 : 1))) {
    throwIfCancelled(signal);
    if (TEST.test(vscode.workspace.asRelativePath(uri, false))) continue;
    const text = await readCode(uri, open);
    if (text.length > LONGEST_CODE) {
      if (await documents.mayUse(uri.fsPath, text, configs)) tooLong.push(uri.fsPath);
      continue;
    }
    const code = await documents.read(uri.fsPath, text);
    if (!code?.configs.some(({ path }) => configs.includes(path))) continue;
    const { analysis } = code;
    const isTyped = /\.(?:[cm]?tsx?|astro)$/.test(uri.fsPath);
    const findings = check({ analysis, isTyped, now: Math.floor(Date.now() / 1000) });
    files.push({ path: uri.fsPath, text, findings, practices: practicesIn(analysis) });
  }
  return practiceItems(files, { isCut: uris.length > MOST_FILES, tooLong });
}
