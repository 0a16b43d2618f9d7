import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { sideLabel, sourceIcon, sourceLabel } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { KvSource } from '../../core/store/store.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { commandId } from '../../ids.ts';
import type { Services } from '../../services.ts';
import type { NamespaceNode } from '../../tree/nodes.ts';
import { revealRow } from '../../tree/revealRow.ts';
import { reportError } from '../../ui/reportError.ts';
import type { OutlineEntry } from '../../wrangler/outline.ts';
import type { BindingName, ConfigTexts } from './configTexts.ts';

export type BindingActionKind = 'local' | 'remote' | 'create' | 'pull' | 'push';

/** What a code lens does with a binding: the argument of its command. */
export interface BindingAction extends BindingName {
  readonly do: BindingActionKind;
  /** The URI of the file. */
  readonly config: string;
}

/** What a link in a hover does with a namespace. */
export interface ShowAction extends NamespaceRef {
  readonly do: 'show';
}

/** Carries out clicks in a config, using its text at that moment. */
export class BindingActions {
  readonly #texts: ConfigTexts;
  readonly #services: Services;

  constructor(texts: ConfigTexts, services: Services) {
    this.#texts = texts;
    this.#services = services;
  }

  async run(action: unknown): Promise<void> {
    try {
      if (isShowAction(action)) await this.#show(await this.#services.tree.namespaceRow(action));
      if (isBindingAction(action)) await this.#act(action);
    } catch (error) {
      reportError(this.#services.log, 'act on a binding', error);
    }
  }

  async #act(action: BindingAction): Promise<void> {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(action.config, true));
    const entry = this.#texts.entry(document, action);
    if (entry === undefined) {
      throw new KvError(
        'notFound',
        vscode.l10n.t(
          'The binding “{0}” cannot be read from {1}. Mend the text first.',
          action.binding,
          vscode.workspace.asRelativePath(document.uri),
        ),
      );
    }
    switch (action.do) {
      case 'local':
        return this.#show(await this.#localRow(document, action, entry));
      case 'remote':
        return this.#show(await this.#services.tree.namespaceRow(await this.#remote(action, entry)));
      case 'create':
        return this.#create(document, action);
      case 'pull':
      case 'push': {
        const row = await this.#localRow(document, action, entry);
        await vscode.commands.executeCommand(commandId(action.do), row);
      }
    }
  }

  async #show(row: NamespaceNode): Promise<void> {
    await revealRow(this.#services.tree.view, row, { expand: true });
  }

  async #localRow(
    document: vscode.TextDocument,
    { binding }: BindingName,
    { id, previewId }: OutlineEntry,
  ): Promise<NamespaceNode> {
    const source = await this.#project(document.uri);
    // In the same way as wrangler dev.
    const used = previewId?.text ?? id?.text ?? binding;
    try {
      return await this.#services.tree.namespaceRow({ source: source.id, id: used });
    } catch (error) {
      if (!document.isDirty) throw error;
      throw unsaved(document);
    }
  }

  async #project(config: vscode.Uri): Promise<KvSource> {
    await this.#services.sources.ready();
    const source = this.#services.sources.sources.find(({ configs }) => configs?.includes(config.fsPath));
    if (source) return source;
    throw new KvError(
      'notFound',
      vscode.l10n.t(
        '{0} belongs to no project of this workspace: open its folder first.',
        vscode.workspace.asRelativePath(config),
      ),
    );
  }

  /** The user is waiting, so the accounts are asked; asked a second time if their earlier lists do not have it. */
  async #remote({ binding }: BindingName, entry: OutlineEntry): Promise<NamespaceRef> {
    const id = entry.id?.text;
    const accounts = this.#services.sources.sources.filter(({ kind }) => kind === 'remote');
    for (const isAgain of [false, true]) {
      if (isAgain) for (const account of accounts) account.refresh?.();
      const lists = await Promise.allSettled(accounts.map((account) => account.namespaces()));
      const found = lists
        .flatMap((list) => (list.status === 'fulfilled' ? list.value : []))
        .find((one) => one.id === id);
      if (found) return { source: found.source, id: found.id };
      const failed = lists.find((list) => list.status === 'rejected');
      if (isAgain && failed) throw failed.reason;
    }
    throw new KvError(
      'unauthenticated',
      accounts.length === 0
        ? vscode.l10n.t('Sign in to the account of “{0}” to open it.', binding)
        : vscode.l10n.t(
            'No account that you are signed in to has the namespace of “{0}”. Sign in to its account.',
            binding,
          ),
    );
  }

  async #create(document: vscode.TextDocument, { binding, environment }: BindingName): Promise<void> {
    if (document.isDirty) throw unsaved(document);
    const project = await this.#project(document.uri);
    const accounts = this.#services.sources.sources.filter(({ create, kind }) => create && kind === 'remote');
    if (accounts.length === 0) {
      throw new KvError(
        'unauthenticated',
        vscode.l10n.t('Sign in first: there is no account to create a namespace in.'),
      );
    }
    const name = [project.projectName ?? project.label, environment, binding].filter(Boolean).join('-');
    const picked = await vscode.window.showQuickPick(
      accounts.map((source) => ({
        label: sourceLabel(source),
        description: name,
        iconPath: new vscode.ThemeIcon(sourceIcon(source)),
        source,
      })),
      {
        title: vscode.l10n.t('Create a Namespace for {0}', binding),
        placeHolder: vscode.l10n.t('Create a namespace where?'),
      },
    );
    if (!picked) return;
    await vscode.commands.executeCommand(commandId('createNamespace'), {
      source: picked.source.id,
      title: name,
      binding,
      config: document.uri,
      ...(environment !== undefined && { environment }),
    });
    const file = vscode.workspace.asRelativePath(document.uri);
    await vscode.window.showInformationMessage(
      withoutLinks(vscode.l10n.t('Created {0} ({1}) and wrote its ID into {2}.', name, sideLabel(picked.source), file)),
    );
  }
}

const unsaved = (document: vscode.TextDocument): KvError =>
  new KvError(
    'conflict',
    vscode.l10n.t('{0} has unsaved changes. Save it and try again.', vscode.workspace.asRelativePath(document.uri)),
  );

const KINDS: readonly string[] = ['local', 'remote', 'create', 'pull', 'push'] satisfies BindingActionKind[];

function isBindingAction(value: unknown): value is BindingAction {
  if (typeof value !== 'object' || value === null) return false;
  const { do: kind, config, binding, environment }: Partial<Record<keyof BindingAction, unknown>> = value;
  const isOptionalText = environment === undefined || typeof environment === 'string';
  return (
    KINDS.some((one) => one === kind) && typeof config === 'string' && typeof binding === 'string' && isOptionalText
  );
}

function isShowAction(value: unknown): value is ShowAction {
  if (typeof value !== 'object' || value === null) return false;
  const { do: kind, source, id }: Partial<Record<keyof ShowAction, unknown>> = value;
  return kind === 'show' && typeof source === 'string' && typeof id === 'string';
}
