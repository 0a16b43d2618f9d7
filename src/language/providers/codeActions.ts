import * as vscode from 'vscode';
import { listedKey } from '../../core/store/firstPage.ts';
import { shortText } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { createKeyCommand, diagnosticSource } from '../../ids.ts';
import type { KeyUse } from '../code/calls.ts';
import type { Code, Fix } from '../code/diagnostics/finding.ts';
import { keyAt } from '../code/keyPlaces.ts';
import { codeOf, explanation } from '../explanation.ts';
import type { CodeNamespace, CodeNamespaces } from './codeNamespaces.ts';
import { rangeOf } from './positions.ts';
import type { WorkerCode, WorkerDocuments } from './workerDocuments.ts';

export interface CreateKey {
  readonly key: string;
  /** Absent if the user has to choose. */
  readonly namespace?: NamespaceRef;
  /** The namespaces to choose from. */
  readonly choices?: readonly CodeNamespace[];
  readonly code: WorkerCode;
}

/** Fixes findings, explains them, and creates a key that does not exist yet. */
export class CodeActions implements vscode.CodeActionProvider {
  static readonly kinds = [vscode.CodeActionKind.QuickFix];
  readonly #documents: WorkerDocuments;
  readonly #namespaces: CodeNamespaces;
  readonly #pageOf: (code: Code) => vscode.Uri;

  constructor(documents: WorkerDocuments, namespaces: CodeNamespaces, pageOf: (code: Code) => vscode.Uri) {
    this.#documents = documents;
    this.#namespaces = namespaces;
    this.#pageOf = pageOf;
  }

  async provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    { diagnostics }: vscode.CodeActionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.CodeAction[]> {
    const ours = diagnostics.filter(({ source }) => source === diagnosticSource);
    const actions = ours.flatMap((diagnostic) => this.#repairs(document, diagnostic));
    const create = range.isEmpty ? await this.#creations(document, range.start) : [];
    return token.isCancellationRequested ? [] : [...actions, ...create];
  }

  #repairs(document: vscode.TextDocument, diagnostic: vscode.Diagnostic): vscode.CodeAction[] {
    const finding = this.#documents
      .findings(document)
      .find((one) => codeOf(diagnostic) === one.code && rangeOf(document, one).isEqual(diagnostic.range));
    if (!finding) return [];
    const fixes = finding.fixes.map((fix, index) => repair(document, diagnostic, fix, index === 0 && !fix.isGuess));
    return [...fixes, explanation(diagnostic, finding.code, this.#pageOf(finding.code))];
  }

  async #creations(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.CodeAction[]> {
    const code = this.#documents.code(document);
    const use = code && keyAt(code.analysis, document.offsetAt(position));
    const key = code && use && literalKey(code, use);
    if (!code || !use || key === undefined) return [];
    const local = (await this.#namespaces.of(use.call.bindings, code.configs)).filter(({ isLocal }) => isLocal);
    const missing: CodeNamespace[] = [];
    for (const namespace of local) if (await this.#lacks(namespace, key)) missing.push(namespace);
    if (missing.length === 0 || missing.length < local.length) return [];
    if (use.call.bindings.length === 0 && missing.length > 1) {
      const title = vscode.l10n.t('Create “{0}” in…', shortText(key));
      return [creation(title, { key, choices: missing, code })];
    }
    return missing.map((namespace) => {
      const where = `${namespace.bindings.join(', ')} (${this.#namespaces.describe(namespace)})`;
      return creation(vscode.l10n.t('Create “{0}” in {1}', shortText(key), where), {
        key,
        namespace: namespace.ref,
        code,
      });
    });
  }

  async #lacks(namespace: CodeNamespace, key: string): Promise<boolean> {
    try {
      return (await listedKey(await this.#namespaces.store(namespace), key)) === undefined;
    } catch {
      return false;
    }
  }
}

/** The value of a template or a variable is not known. */
function literalKey({ analysis }: WorkerCode, use: KeyUse): string | undefined {
  const text = use.kind === 'key' ? analysis.constants.text(use.node) : undefined;
  const isKey = text?.isWhole === true && text.start !== '' && text.start !== '.' && text.start !== '..';
  return isKey && text.leastBytes <= 512 ? text.start : undefined;
}

function creation(title: string, create: CreateKey): vscode.CodeAction {
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.command = { command: createKeyCommand, title, arguments: [create] };
  return action;
}

function repair(
  document: vscode.TextDocument,
  diagnostic: vscode.Diagnostic,
  { title, edits }: Fix,
  isPreferred: boolean,
): vscode.CodeAction {
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.diagnostics = [diagnostic];
  action.isPreferred = isPreferred;
  action.edit = new vscode.WorkspaceEdit();
  for (const edit of edits) action.edit.replace(document.uri, rangeOf(document, edit), edit.text);
  return action;
}
