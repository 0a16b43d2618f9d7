import * as vscode from 'vscode';
import { commandId, diagnosticSource } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { reportError } from '../../ui/reportError.ts';
import { CONFIG_CHECKS, type ConfigFinding, checkOutline } from '../../wrangler/checkOutline.ts';
import { copyBindings } from '../../wrangler/editBindings.ts';
import { removePart } from '../../wrangler/removePart.ts';
import { codeOf, diagnosticPage, explanation } from '../explanation.ts';
import { type ConfigTexts, rangeOf } from './configTexts.ts';

type Parsers = typeof import('../../wrangler/parsers.lazy.ts');

class ConfigFix extends vscode.CodeAction {
  /** Gives the corrected text; `undefined` if there is none. */
  readonly mend: (() => Promise<string | undefined>) | undefined;
  readonly document: vscode.TextDocument;

  constructor(title: string, document: vscode.TextDocument, mend?: () => Promise<string | undefined>) {
    super(title, vscode.CodeActionKind.QuickFix);
    this.document = document;
    this.mend = mend;
  }
}

/** Fixes for the findings in a config. */
export class ConfigFixes implements vscode.CodeActionProvider {
  static readonly metadata: vscode.CodeActionProviderMetadata = {
    providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
  };
  readonly #texts: ConfigTexts;
  readonly #parsers: Parsers;
  readonly #log: Services['log'];
  readonly #extensionUri: vscode.Uri;

  constructor(texts: ConfigTexts, parsers: Parsers, { log, extensionUri }: Services) {
    this.#texts = texts;
    this.#parsers = parsers;
    this.#log = log;
    this.#extensionUri = extensionUri;
  }

  provideCodeActions(
    document: vscode.TextDocument,
    _range: vscode.Range,
    { diagnostics }: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    const ours = diagnostics.filter(({ source }) => source === diagnosticSource);
    if (ours.length === 0) return [];
    // An unknown ID is in its diagnostic, so it needs none of the findings.
    const findings = checkOutline(this.#texts.outline(document));
    return ours.flatMap((diagnostic): vscode.CodeAction[] => {
      const code = CONFIG_CHECKS.find((check) => check === codeOf(diagnostic));
      if (code === undefined) return [];
      const finding = findings.find(
        ({ check, span }) => check === code && rangeOf(document, span).isEqual(diagnostic.range),
      );
      const fixes = code === 'unknown-id' ? unknownIdFixes(document) : this.#fixesOf(document, finding);
      for (const fix of fixes) fix.diagnostics = [diagnostic];
      if (fixes.length === 1 && fixes[0]) fixes[0].isPreferred = finding?.check === 'missing-binding';
      return [...fixes, explanation(diagnostic, code, diagnosticPage(this.#extensionUri, code))];
    });
  }

  async resolveCodeAction(fix: vscode.CodeAction): Promise<vscode.CodeAction> {
    if (!(fix instanceof ConfigFix)) return fix;
    const { document, mend } = fix;
    if (!mend) return fix;
    try {
      const before = document.getText();
      const after = await mend();
      if (after !== undefined) fix.edit = editTo(document, before, after);
    } catch (error) {
      reportError(this.#log, 'mend a wrangler config', error);
    }
    return fix;
  }

  #fixesOf(document: vscode.TextDocument, finding: ConfigFinding | undefined): ConfigFix[] {
    const path = document.uri.fsPath;
    const remove = (...part: readonly (string | number)[]) => {
      return async () => removePart(path, document.getText(), part, this.#parsers);
    };
    switch (finding?.check) {
      case 'duplicate-binding':
        return finding.entry
          ? [new ConfigFix(vscode.l10n.t('Remove this entry'), document, remove(...finding.entry.path))]
          : [];
      case 'preview-id':
        return finding.entry
          ? [
              new ConfigFix(
                vscode.l10n.t('Remove “{0}”', 'preview_id'),
                document,
                remove(...finding.entry.path, 'preview_id'),
              ),
            ]
          : [];
      case 'missing-binding': {
        if (!finding.missing) return [];
        const { environment, bindings } = finding.missing;
        return [
          new ConfigFix(
            vscode.l10n.t('Copy from the top level: {0}', bindings.join(', ')),
            document,
            async () => await copyBindings(path, document.getText(), environment, bindings),
          ),
        ];
      }
      default:
        return [];
    }
  }
}

function unknownIdFixes(document: vscode.TextDocument): ConfigFix[] {
  return [
    { title: vscode.l10n.t('Sign in to another account…'), name: 'signIn' } as const,
    { title: vscode.l10n.t('List the namespaces of all accounts again'), name: 'refresh' } as const,
  ].map(({ title, name }) => {
    const fix = new ConfigFix(title, document);
    fix.command = { title, command: commandId(name) };
    return fix;
  });
}

/** Replaces only what differs, so that the cursor and folded regions stay. */
function editTo(document: vscode.TextDocument, before: string, after: string): vscode.WorkspaceEdit {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const edit = new vscode.WorkspaceEdit();
  const range = rangeOf(document, { start, end: before.length - end });
  edit.replace(document.uri, range, after.slice(start, after.length - end));
  return edit;
}
