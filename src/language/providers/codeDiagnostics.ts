import * as vscode from 'vscode';
import { diagnosticSource } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { logError } from '../../ui/reportError.ts';
import type { Range } from '../code/calls.ts';
import type { Code, Finding } from '../code/diagnostics/finding.ts';
import { severities } from '../severity.ts';
import { editsOf, isBeingTyped } from './beingTyped.ts';
import { rangeOf } from './positions.ts';
import type { WorkerDocuments } from './workerDocuments.ts';

/** How long after the last keystroke a document is checked, in milliseconds. */
const QUIET_MS = 300;

/** Mistakes that fail silently; all others throw, or KV refuses them. */
const WARNINGS: ReadonlySet<Code> = new Set(['floating-put', 'no-await', 'json-type', 'option', 'list-complete']);

export interface CodeDiagnosticsParts {
  readonly documents: WorkerDocuments;
  readonly settings: Services['settings'];
  readonly log: vscode.LogOutputChannel;
  /** The page that explains a code. */
  readonly pageOf: (code: Code) => vscode.Uri;
  readonly isWorkerCode: (document: vscode.TextDocument) => boolean;
}

/** Shows what KV forbids in the visible Worker code. */
export class CodeDiagnostics implements vscode.Disposable {
  readonly #parts: CodeDiagnosticsParts;
  readonly #collection = vscode.languages.createDiagnosticCollection('cloudflareKv.code');
  readonly #timers = new Map<vscode.TextDocument, ReturnType<typeof setTimeout>>();
  /** Where each document was last changed, until no cursor is in one of its findings. */
  readonly #edits = new WeakMap<vscode.TextDocument, readonly Range[]>();
  readonly #owned: vscode.Disposable;
  #isDisposed = false;

  constructor(parts: CodeDiagnosticsParts) {
    this.#parts = parts;
    this.#owned = vscode.Disposable.from(
      this.#collection,
      vscode.window.onDidChangeVisibleTextEditors(() => this.showAll()),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#edits.set(document, editsOf(contentChanges));
        this.#soon(document);
      }),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
        if (this.#edits.has(textEditor.document)) this.#soon(textEditor.document);
      }),
      vscode.workspace.onDidCloseTextDocument((document) => this.#forget(document)),
      parts.settings.onDidChange((changed) => {
        if (changed.has('codeDiagnostics')) this.showAll();
      }),
    );
    this.showAll();
  }

  /** Checks every visible document, for example after the bindings have changed. */
  showAll(): void {
    for (const { document } of vscode.window.visibleTextEditors) {
      if (this.#parts.isWorkerCode(document)) this.#showNow(document);
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#owned.dispose();
  }

  #soon(document: vscode.TextDocument): void {
    if (!this.#parts.isWorkerCode(document)) return;
    clearTimeout(this.#timers.get(document));
    this.#timers.set(
      document,
      setTimeout(() => {
        this.#timers.delete(document);
        const isVisible = vscode.window.visibleTextEditors.some((editor) => editor.document === document);
        if (isVisible) this.#showNow(document);
      }, QUIET_MS),
    );
  }

  #showNow(document: vscode.TextDocument): void {
    this.#show(document).catch((error: unknown) => logError(this.#parts.log, 'diagnostics in Worker code', error));
  }

  async #show(document: vscode.TextDocument): Promise<void> {
    await this.#parts.documents.prepare(document.fileName);
    if (document.isClosed || this.#isDisposed) return;
    const all = this.#parts.documents.findings(document);
    const typing = { cursors: cursorsIn(document), edits: this.#edits.get(document) ?? [] };
    const findings = all.filter((finding) => !isBeingTyped(finding, typing));
    if (findings.length === all.length) this.#edits.delete(document);
    this.#collection.set(
      document.uri,
      findings.flatMap((finding) => this.#diagnostic(document, finding) ?? []),
    );
  }

  #diagnostic(document: vscode.TextDocument, finding: Finding): vscode.Diagnostic | undefined {
    const level =
      this.#parts.settings.codeDiagnostics[finding.code] ?? (WARNINGS.has(finding.code) ? 'warning' : 'error');
    if (level === 'off') return undefined;
    const diagnostic = new vscode.Diagnostic(rangeOf(document, finding), finding.message, severities[level]);
    diagnostic.source = diagnosticSource;
    diagnostic.code = { value: finding.code, target: this.#parts.pageOf(finding.code) };
    return diagnostic;
  }

  #forget(document: vscode.TextDocument): void {
    clearTimeout(this.#timers.get(document));
    this.#timers.delete(document);
    this.#collection.delete(document.uri);
  }
}

const cursorsIn = (document: vscode.TextDocument): number[] =>
  vscode.window.visibleTextEditors
    .filter((editor) => editor.document === document)
    .flatMap(({ selections }) => selections.map(({ active }) => document.offsetAt(active)));
