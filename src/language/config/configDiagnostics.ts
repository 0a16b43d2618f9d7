import * as vscode from 'vscode';
import { diagnosticSource } from '../../ids.ts';
import type { Services } from '../../services.ts';
import type { DiagnosticLevel } from '../../settings.ts';
import { type ConfigCheck, type ConfigFinding, checkOutline } from '../../wrangler/checkOutline.ts';
import { diagnosticPage } from '../explanation.ts';
import { severities } from '../severity.ts';
import { type ConfigTexts, rangeOf } from './configTexts.ts';
import type { KnownNamespaces } from './knownNamespaces.ts';

/** How long the user must not have typed before a text is checked, in milliseconds. */
const PAUSE_MS = 300;

const LEVELS: Readonly<Record<ConfigCheck, DiagnosticLevel>> = {
  'duplicate-binding': 'error',
  'missing-binding': 'information',
  'preview-id': 'warning',
  'unknown-id': 'information',
};

/** Shows findings about the configs in visible editors as problems. */
export class ConfigDiagnostics implements vscode.Disposable {
  readonly #texts: ConfigTexts;
  readonly #known: KnownNamespaces;
  readonly #settings: Services['settings'];
  readonly #extensionUri: vscode.Uri;
  readonly #shown = vscode.languages.createDiagnosticCollection('cloudflareKv.config');
  readonly #listening: vscode.Disposable;
  #selector: readonly vscode.DocumentFilter[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Timer for the moment when what is known of accounts is no longer certain. */
  #doubt: ReturnType<typeof setTimeout> | undefined;

  constructor(texts: ConfigTexts, known: KnownNamespaces, { settings, sources, accounts, extensionUri }: Services) {
    this.#texts = texts;
    this.#known = known;
    this.#settings = settings;
    this.#extensionUri = extensionUri;
    const now = (): void => this.#check();
    this.#listening = vscode.Disposable.from(
      this.#shown,
      vscode.window.onDidChangeVisibleTextEditors(now),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (vscode.languages.match(this.#selector, document) === 0) return;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(now, PAUSE_MS);
      }),
      settings.onDidChange((changed) => {
        if (changed.has('codeDiagnostics')) now();
      }),
      sources.onDidLoad(now),
      accounts.onDidChange(now),
    );
  }

  /** From now on, checks the documents that match these filters. */
  follow(selector: readonly vscode.DocumentFilter[]): void {
    this.#selector = selector;
    this.#check();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#doubt);
    this.#listening.dispose();
  }

  #check(): void {
    clearTimeout(this.#doubt);
    const shown = new Set(vscode.window.visibleTextEditors.map(({ document }) => document));
    const documents = [...shown].filter((document) => vscode.languages.match(this.#selector, document) > 0);
    const visible = new Set(documents.map(({ uri }) => uri.toString()));
    this.#shown.forEach((uri) => {
      if (!visible.has(uri.toString())) this.#shown.delete(uri);
    });
    const { completeMs } = this.#known;
    const ids = completeMs > 0 ? new Set(this.#known.all.map(({ namespace }) => namespace.id)) : undefined;
    for (const document of documents) {
      const findings = checkOutline(this.#texts.outline(document), ids && ((id) => ids.has(id)));
      this.#shown.set(
        document.uri,
        findings.flatMap((finding) => this.#diagnostic(document, finding)),
      );
    }
    if (ids) this.#doubt = setTimeout(() => this.#check(), completeMs);
  }

  #diagnostic(document: vscode.TextDocument, { check, span, message, related }: ConfigFinding): vscode.Diagnostic[] {
    const level = this.#settings.codeDiagnostics[check] ?? LEVELS[check];
    if (level === 'off') return [];
    const diagnostic = new vscode.Diagnostic(rangeOf(document, span), message, severities[level]);
    diagnostic.source = diagnosticSource;
    diagnostic.code = { value: check, target: diagnosticPage(this.#extensionUri, check) };
    if (related) {
      const place = new vscode.Location(document.uri, rangeOf(document, related.span));
      diagnostic.relatedInformation = [new vscode.DiagnosticRelatedInformation(place, related.message)];
    }
    return [diagnostic];
  }
}
