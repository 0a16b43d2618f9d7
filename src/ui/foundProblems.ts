import * as vscode from 'vscode';
import type { ErrorPage } from '../core/base/errorPages.ts';
import type { TextRange } from '../core/text/textRange.ts';
import { diagnosticSource } from '../ids.ts';
import { errorPageUri } from './explainErrors.ts';

/** A problem found in a file. */
export interface FoundProblem {
  /** Absolute. */
  readonly path: string;
  readonly range: TextRange;
  readonly message: string;
  readonly code: string;
  /** The page that explains it. */
  readonly page?: ErrorPage | undefined;
}

/** Shows what a check has found in files as problems, until the next check or until the file changes. */
export class FoundProblems implements vscode.Disposable {
  readonly #extensionUri: vscode.Uri;
  #shown: vscode.DiagnosticCollection | undefined;
  #listener: vscode.Disposable | undefined;

  constructor(extensionUri: vscode.Uri) {
    this.#extensionUri = extensionUri;
  }

  /** Replaces the problems shown before. */
  show(problems: readonly FoundProblem[]): void {
    this.#shown ??= vscode.languages.createDiagnosticCollection('cloudflareKv.check');
    const shown = this.#shown;
    // The range would be wrong in a changed text.
    this.#listener ??= vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) shown.delete(document.uri);
    });
    shown.clear();
    for (const [path, found] of Map.groupBy(problems, (one) => one.path)) {
      shown.set(
        vscode.Uri.file(path),
        found.map((one) => diagnosticOf(one, this.#extensionUri)),
      );
    }
  }

  dispose(): void {
    this.#listener?.dispose();
    this.#shown?.dispose();
  }
}

/** Converts a range to VS Code's type. */
export const vscodeRange = ({ start, end }: TextRange): vscode.Range =>
  new vscode.Range(start.line, start.character, end.line, end.character);

function diagnosticOf({ range, message, code, page }: FoundProblem, extensionUri: vscode.Uri): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(vscodeRange(range), message, vscode.DiagnosticSeverity.Information);
  diagnostic.source = diagnosticSource;
  diagnostic.code = page ? { value: code, target: errorPageUri(extensionUri, page) } : code;
  return diagnostic;
}
