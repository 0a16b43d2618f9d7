import * as vscode from 'vscode';
import { sourceLabel } from '../../core/store/names.ts';
import { commandLink } from '../../core/text/commandLink.ts';
import { visibleText } from '../../core/text/visibleText.ts';
import { bindingCommand } from '../../ids.ts';
import { idIn } from '../../wrangler/idAt.ts';
import type { ShowAction } from './bindingActions.ts';
import { type ConfigTexts, rangeOf } from './configTexts.ts';
import type { KnownNamespace, KnownNamespaces } from './knownNamespaces.ts';

/** Shows which namespace an ID is: its title and account, if they were already listed. */
export class IdHover implements vscode.HoverProvider {
  readonly #texts: ConfigTexts;
  readonly #known: KnownNamespaces;

  constructor(texts: ConfigTexts, known: KnownNamespaces) {
    this.#texts = texts;
    this.#known = known;
  }

  provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    const id = idIn(this.#texts.outline(document), document.getText(), document.offsetAt(position));
    if (id === undefined) return undefined;
    const [found] = this.#known.withId(id.text);
    if (found === undefined) return undefined;
    const text = new vscode.MarkdownString();
    text.isTrusted = { enabledCommands: [bindingCommand] };
    text.appendMarkdown('**');
    text.appendText(visibleText(found.namespace.title));
    text.appendMarkdown('** · ');
    text.appendText(sourceLabel(found.source));
    appendBindings(text, found, document);
    const show: ShowAction = { do: 'show', source: found.source.id, id: found.namespace.id };
    text.appendMarkdown(`\n\n${commandLink(vscode.l10n.t('Show in Cloudflare KV'), bindingCommand, show)}`);
    return new vscode.Hover(text, rangeOf(document, id.span));
  }
}

/** Lists where else it is bound: the same ID in two environments is the same namespace. */
function appendBindings(
  text: vscode.MarkdownString,
  { namespace }: KnownNamespace,
  document: vscode.TextDocument,
): void {
  for (const { name, config, environment, field } of namespace.bindings.slice(0, 6)) {
    const file = config === document.uri.fsPath ? '' : ` · ${vscode.workspace.asRelativePath(config)}`;
    text.appendMarkdown('\n\n');
    text.appendText(`${name}${environment === undefined ? '' : ` · ${environment}`}${file} (${field})`);
  }
}
