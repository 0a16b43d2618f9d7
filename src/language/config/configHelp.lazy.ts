import * as vscode from 'vscode';
import { bindingCommand } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { BindingActions } from './bindingActions.ts';
import { BindingLenses } from './bindingLenses.ts';
import { ConfigDiagnostics } from './configDiagnostics.ts';
import { ConfigFixes } from './configFixes.ts';
import { configSelector } from './configSelector.ts';
import { ConfigTexts } from './configTexts.ts';
import { IdCompletion } from './idCompletion.ts';
import { IdHover } from './idHover.ts';
import { KnownNamespaces } from './knownNamespaces.ts';
import { offerTypes } from './offerTypes.ts';

/** Registers all help inside wrangler configs, until the result is disposed. */
export async function startConfigHelp(services: Services): Promise<vscode.Disposable> {
  const parsers = await import('../../wrangler/parsers.lazy.ts');
  const { settings } = services;
  const texts = new ConfigTexts(parsers);
  const known = new KnownNamespaces(services);
  const lenses = new BindingLenses(texts, known, services);
  const fixes = new ConfigFixes(texts, parsers, services);
  const hover = new IdHover(texts, known);
  const completion = new IdCompletion(parsers, known);
  const actions = new BindingActions(texts, services);
  const diagnostics = new ConfigDiagnostics(texts, known, services);

  let providers = register();
  function register(): vscode.Disposable {
    const selector = configSelector(settings.configs);
    diagnostics.follow(selector);
    return vscode.Disposable.from(
      vscode.languages.registerCodeLensProvider(selector, lenses),
      vscode.languages.registerHoverProvider(selector, hover),
      vscode.languages.registerCompletionItemProvider(selector, completion, '"', "'"),
      vscode.languages.registerCodeActionsProvider(selector, fixes, ConfigFixes.metadata),
    );
  }
  const registerAnew = (): void => {
    providers.dispose();
    providers = register();
  };
  const owned = vscode.Disposable.from(
    texts,
    lenses,
    diagnostics,
    vscode.commands.registerCommand(bindingCommand, (action: unknown) => actions.run(action)),
    vscode.workspace.onDidChangeWorkspaceFolders(registerAnew),
    settings.onDidChange((changed) => {
      if (changed.has('configs')) registerAnew();
    }),
    offerTypes(services),
  );
  return {
    dispose() {
      providers.dispose();
      owned.dispose();
    },
  };
}
