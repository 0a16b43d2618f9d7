import * as vscode from 'vscode';
import { namespaceLabel, sideLabel } from '../../core/store/names.ts';
import { bindingCommand } from '../../ids.ts';
import type { Services } from '../../services.ts';
import type { KeptEntry } from '../../wrangler/keptEntries.ts';
import type { BindingAction, BindingActionKind } from './bindingActions.ts';
import type { ConfigTexts } from './configTexts.ts';
import type { KnownNamespaces } from './knownNamespaces.ts';

type LensKind = BindingActionKind | 'real';

class BindingLens extends vscode.CodeLens {
  readonly uri: vscode.Uri;
  readonly kind: LensKind;
  readonly entry: KeptEntry;

  constructor(range: vscode.Range, uri: vscode.Uri, kind: LensKind, entry: KeptEntry) {
    super(range);
    this.uri = uri;
    this.kind = kind;
    this.entry = entry;
  }
}

/**
 * What can be done with each binding, above its entry. Which lenses there are depends on the text alone, so that none comes
 * or goes because something was loaded; what they say is told last.
 */
export class BindingLenses implements vscode.CodeLensProvider<BindingLens>, vscode.Disposable {
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

  provideCodeLenses(document: vscode.TextDocument): BindingLens[] {
    return this.#texts.bindings(document).flatMap((entry) => {
      const position = document.positionAt(entry.offset);
      const range = new vscode.Range(position, position);
      return kindsOf(entry).map((kind) => new BindingLens(range, document.uri, kind, entry));
    });
  }

  resolveCodeLens(lens: BindingLens): BindingLens {
    const { kind, uri, entry } = lens;
    const { binding, environment } = entry;
    if (kind === 'real') {
      lens.command = {
        title: `$(warning) ${vscode.l10n.t('dev uses the real namespace')}`,
        tooltip: vscode.l10n.t('“remote: true”: what a Worker writes in “wrangler dev” is written to the account.'),
        command: '',
      };
      return lens;
    }
    const action: BindingAction = {
      do: kind,
      config: uri.toString(),
      binding,
      ...(environment !== undefined && { environment }),
    };
    lens.command = { ...this.#textOf(lens, kind), command: bindingCommand, arguments: [action] };
    return lens;
  }

  dispose(): void {
    this.#listening.dispose();
    this.#changed.dispose();
  }

  #textOf({ uri, entry }: BindingLens, kind: BindingActionKind): { title: string; tooltip?: string } {
    const local = this.#sources.sources.find((source) => source.configs?.includes(uri.fsPath));
    const here = local ? `${entry.binding} (${sideLabel(local)})` : entry.binding;
    switch (kind) {
      case 'local':
        return { title: `$(device-desktop) ${vscode.l10n.t('Open Local')}`, tooltip: here };
      case 'remote': {
        const found = this.#remoteOf(uri, entry);
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

  #remoteOf(uri: vscode.Uri, { binding, environment }: KeptEntry) {
    const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
    const id = document && this.#texts.entry(document, { binding, environment })?.id?.text;
    return id === undefined ? undefined : this.#known.withId(id)[0];
  }
}

const kindsOf = ({ hasId, isRemote }: KeptEntry): readonly LensKind[] => [
  'local',
  ...(hasId ? (['remote', 'pull', 'push'] as const) : (['create'] as const)),
  ...(isRemote ? (['real'] as const) : []),
];
