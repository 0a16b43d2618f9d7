import * as vscode from 'vscode';
import type { CheckItem } from '../core/check/item.ts';
import { commandId, createKeyCommand } from '../ids.ts';
import type { Services } from '../services.ts';
import { reportError } from '../ui/reportError.ts';
import { BindingNames } from './bindingNames.ts';
import type { Code } from './code/diagnostics/finding.ts';
import { diagnosticPage } from './explanation.ts';
import { CodeActions, type CreateKey } from './providers/codeActions.ts';
import { checkCode } from './providers/codeCheck.ts';
import { CodeDiagnostics } from './providers/codeDiagnostics.ts';
import { CodeNamespaces } from './providers/codeNamespaces.ts';
import { CodeSearch } from './providers/codeSearch.ts';
import { createKey } from './providers/createKey.ts';
import { KeyCompletion } from './providers/keyCompletion.ts';
import { KeyDefinition } from './providers/keyDefinition.ts';
import { KeyHover } from './providers/keyHover.ts';
import { KeyReferences } from './providers/keyReferences.ts';
import { PrefixDocuments } from './providers/prefixDocuments.ts';
import { RemoteKeys } from './providers/remoteKeys.ts';
import { WorkerDocuments } from './providers/workerDocuments.ts';
import { isWorkerCode, workerCodeSelector } from './workerCode.ts';

/** Starts help inside Worker code, once some is visible. */
export function startCodeHelp(services: Services, names: BindingNames, extensionUri: vscode.Uri): vscode.Disposable {
  const { settings, sources, tree, projects, log } = services;
  const documents = new WorkerDocuments(names);
  const namespaces = new CodeNamespaces(services);
  const remote = new RemoteKeys(namespaces, tree, settings);
  const search = new CodeSearch(documents, sources);
  const pageOf = (code: Code): vscode.Uri => diagnosticPage(extensionUri, code);
  const diagnostics = new CodeDiagnostics({ documents, settings, log, pageOf, isWorkerCode });
  const completion = new KeyCompletion(documents, namespaces, remote, settings);
  const selector = workerCodeSelector;
  const { registerCompletionItemProvider } = vscode.languages;
  const offered = (): vscode.Disposable =>
    registerCompletionItemProvider(selector, completion, '"', "'", '`', ...lastCharacters(settings.keyDelimiters));
  let offering = offered();
  return vscode.Disposable.from(
    diagnostics,
    remote,
    new PrefixDocuments(sources),
    { dispose: () => offering.dispose() },
    settings.onDidChange((changed) => {
      if (!changed.has('keyDelimiters')) return;
      offering.dispose();
      offering = offered();
    }),
    projects.onDidChangeConfigs(() => diagnostics.showAll()),
    vscode.languages.registerHoverProvider(selector, new KeyHover(documents, namespaces, remote, settings)),
    vscode.languages.registerDefinitionProvider(selector, new KeyDefinition(documents, namespaces, remote)),
    vscode.languages.registerReferenceProvider(selector, new KeyReferences(documents, search)),
    vscode.languages.registerCodeActionsProvider(selector, new CodeActions(documents, namespaces, pageOf), {
      providedCodeActionKinds: CodeActions.kinds,
    }),
    vscode.commands.registerCommand(createKeyCommand, async (create: CreateKey) => {
      await createKey(create, namespaces).catch((error: unknown) => reportError(log, commandId('newKey'), error));
    }),
  );
}

/** For the command that finds uses of the view's items in code, even if no code is visible. */
export const codeSearch = ({ projects, sources }: Pick<Services, 'projects' | 'sources'>): CodeSearch =>
  new CodeSearch(new WorkerDocuments(new BindingNames(projects)), sources);

/** For the check of a project: what the code that sees these configs shows. */
export const codeItems = (
  { projects }: Pick<Services, 'projects'>,
  configs: readonly string[],
  signal: AbortSignal,
): Promise<readonly CheckItem[]> => checkCode(new WorkerDocuments(new BindingNames(projects)), configs, signal);

const lastCharacters = (delimiters: readonly string[]): string[] => [
  ...new Set(delimiters.flatMap((delimiter) => [...delimiter].at(-1) ?? [])),
];
