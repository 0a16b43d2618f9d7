import * as vscode from 'vscode';
import { idBeingTyped } from '../../wrangler/idAt.ts';
import { rangeOf } from './configTexts.ts';
import type { KnownNamespaces } from './knownNamespaces.ts';

type Parsers = typeof import('../../wrangler/parsers.lazy.ts');

/** Offers the IDs of namespaces that were already listed, by title. */
export class IdCompletion implements vscode.CompletionItemProvider {
  readonly #parsers: Parsers;
  readonly #known: KnownNamespaces;

  constructor(parsers: Parsers, known: KnownNamespaces) {
    this.#parsers = parsers;
    this.#known = known;
  }

  provideCompletionItems(document: vscode.TextDocument, position: vscode.Position): vscode.CompletionItem[] {
    const known = this.#known.all;
    if (known.length === 0) return [];
    const offset = document.offsetAt(position);
    const typed = idBeingTyped(document.uri.fsPath, document.getText(), offset, this.#parsers);
    if (typed === undefined) return [];
    const range = rangeOf(document, typed.span);
    return known.map(({ source, namespace: { id, title } }) => {
      const item = new vscode.CompletionItem(
        { label: title, description: source.label },
        vscode.CompletionItemKind.Value,
      );
      item.insertText = id;
      item.detail = id;
      item.range = range;
      // The existing text may be a part of either.
      item.filterText = `${id} ${title}`;
      item.sortText = title;
      return item;
    });
  }
}
