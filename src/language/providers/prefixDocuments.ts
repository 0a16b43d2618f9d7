import * as vscode from 'vscode';
import { firstPage } from '../../core/store/firstPage.ts';
import { keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { oneLine } from '../../core/text/oneLine.ts';
import { valueUri } from '../../fs/kvUri.ts';
import { commandId, resultsLanguage } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { linkTo } from '../../ui/openCommand.ts';

const SCHEME = 'cloudflare-kv-prefix';
/** One page of a namespace. */
const MOST = 1000;
/** The heading, and an empty line below it. */
const FIRST_ROW = 2;

interface Prefix {
  readonly namespace: NamespaceRef;
  readonly prefix: string;
}

/** The URI of a document with the keys that begin like a template, which Go to Definition shows. */
export const prefixUri = (namespace: NamespaceRef, prefix: string): vscode.Uri =>
  vscode.Uri.from({
    scheme: SCHEME,
    path: `/${encodeURIComponent(prefix)}.${resultsLanguage}`,
    query: JSON.stringify({ namespace, prefix } satisfies Prefix),
  });

/** Provides these documents when they are opened, and then shows the same keys in the view. */
export class PrefixDocuments
  implements vscode.TextDocumentContentProvider, vscode.DocumentLinkProvider, vscode.Disposable
{
  readonly #sources: Services['sources'];
  readonly #keys = new Map<string, readonly string[]>();
  readonly #registered: vscode.Disposable;

  constructor(sources: Services['sources']) {
    this.#sources = sources;
    this.#registered = vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.languages.registerDocumentLinkProvider({ scheme: SCHEME }, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#keys.delete(uri.toString())),
      // VS Code reads a document as soon as Ctrl is held over a name; it has a tab only once the user went to it.
      vscode.window.tabGroups.onDidChangeTabs(({ opened }) => {
        for (const { input } of opened) {
          if (!(input instanceof vscode.TabInputText) || input.uri.scheme !== SCHEME) continue;
          void vscode.commands
            .executeCommand(commandId('filterByPrefix'), prefixOf(input.uri))
            // The document shows the keys even if the view does not have the namespace.
            .then(undefined, () => {});
        }
      }),
    );
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { namespace, prefix } = prefixOf(uri);
    const { keys, cursor } = await firstPage(await this.#sources.store(namespace), { prefix, limit: MOST });
    const names = keys.map(({ name }) => name);
    this.#keys.set(uri.toString(), names);
    const heading =
      cursor === undefined
        ? vscode.l10n.t('“{0}”: {1}', prefix, keyCount(names.length))
        : vscode.l10n.t('“{0}”: the first {1}', prefix, keyCount(names.length));
    return [`# ${oneLine(heading)}`, '', ...names.map(oneLine), ''].join('\n');
  }

  provideDocumentLinks({ uri }: vscode.TextDocument): vscode.DocumentLink[] {
    const { namespace } = prefixOf(uri);
    return (this.#keys.get(uri.toString()) ?? []).map((key, index) => {
      const row = FIRST_ROW + index;
      const range = new vscode.Range(row, 0, row, oneLine(key).length);
      return new vscode.DocumentLink(range, linkTo(valueUri(namespace, key)));
    });
  }

  dispose(): void {
    this.#registered.dispose();
  }
}

const prefixOf = ({ query }: vscode.Uri): Prefix => JSON.parse(query) as Prefix;
