import * as vscode from 'vscode';
import { namespaceLabel, sideLabel } from '../../core/store/names.ts';
import { bindingCommand } from '../../ids.ts';
import type { Services } from '../../services.ts';
import type { KeptEntry } from '../../wrangler/keptEntries.ts';
import type { BindingAction, BindingActionKind } from './bindingActions.ts';
import type { ConfigTexts } from './configTexts.ts';
import type { KnownNamespaces } from './knownNamespaces.ts';

type LensKind = BindingActionKind | 'real';

/**
 * Shows what can be done with each binding, above its entry. Which lenses there are depends on the text alone, so that
 * none comes or goes because something was loaded. Lenses are created with their titles: one that gets its title later
 * keeps the old one if the text changes twice in a moment.
 */
export class BindingLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #texts: ConfigTexts;
  readonly #known: KnownNamespaces;
  readonly #sources: Services['sources'];
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listening: vscode.Disposable;
  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(texts: ConfigTexts, known: KnownNamespaces, { sources, projects }: Services) {
    this.#texts = texts;
    this.#known = known;
    this.#sources = sources;
    const changed = (): void => this.#changed.fire();
    this.#listening = vscode.Disposable.from(sources.onDidLoad(changed), projects.onDidChangeConfigs(changed));
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    return this.#texts.bindings(document).flatMap((entry) => {
      const position = document.positionAt(entry.offset);
      const range = new vscode.Range(position, position);
      return kindsOf(entry).map((kind) => new vscode.CodeLens(range, this.#commandOf(document, kind, entry)));
    });
  }

  dispose(): void {
    this.#listening.dispose();
    this.#changed.dispose();
  }

  #commandOf(document: vscode.TextDocument, kind: LensKind, entry: KeptEntry): vscode.Command {
    if (kind === 'real') {
      return {
        title: `$(warning) ${vscode.l10n.t('dev uses the real namespace')}`,
        tooltip: vscode.l10n.t('“remote: true”: what a Worker writes in “wrangler dev” is written to the account.'),
        command: '',
      };
    }
    const { binding, environment } = entry;
    const action: BindingAction = {
      do: kind,
      config: document.uri.toString(),
      binding,
      ...(environment !== undefined && { environment }),
    };
    return { ...this.#textOf(document, entry, kind), command: bindingCommand, arguments: [action] };
  }

  #textOf(
    document: vscode.TextDocument,
    entry: KeptEntry,
    kind: BindingActionKind,
  ): Pick<vscode.Command, 'title' | 'tooltip'> {
    const local = this.#sources.sources.find((source) => source.configs?.includes(document.uri.fsPath));
    const here = local ? `${entry.binding} (${sideLabel(local)})` : entry.binding;
    switch (kind) {
      case 'local':
        return { title: `$(device-desktop) ${vscode.l10n.t('Open Local')}`, tooltip: here };
      case 'remote': {
        const found = this.#remoteOf(document, entry);
        return found
          ? {
              title: `$(cloud) ${vscode.l10n.t('Open in {0}', found.source.label)}`,
              tooltip: `${namespaceLabel(found.namespace)} (“${found.namespace.title}”, ${found.source.label})`,
            }
          : { title: `$(cloud) ${vscode.l10n.t('Open Remote')}` };
      }
      case 'create':
        return {
          title: `$(add) ${vscode.l10n.t('Create Namespace…')}`,
          tooltip: vscode.l10n.t('Makes a namespace in an account and writes its ID here.'),
        };
      case 'pull':
        return {
          title: `$(cloud-download) ${vscode.l10n.t('Pull')}`,
          tooltip: vscode.l10n.t('From the account into {0}. What changes is shown first.', here),
        };
      case 'push':
        return {
          title: `$(cloud-upload) ${vscode.l10n.t('Push')}`,
          tooltip: vscode.l10n.t('From {0} to the account. What changes is shown first.', here),
        };
    }
  }

  #remoteOf(document: vscode.TextDocument, { binding, environment }: KeptEntry) {
    const id = this.#texts.entry(document, { binding, environment })?.id?.text;
    return id === undefined ? undefined : this.#known.withId(id)[0];
  }
}

const kindsOf = ({ hasId, isRemote }: KeptEntry): readonly LensKind[] => [
  'local',
  ...(hasId ? (['remote', 'pull', 'push'] as const) : (['create'] as const)),
  ...(isRemote ? (['real'] as const) : []),
];
