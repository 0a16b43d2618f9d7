import * as vscode from 'vscode';
import { listedKey } from '../../core/store/firstPage.ts';
import { valueUri } from '../../fs/kvUri.ts';
import { keyAt } from '../code/keyPlaces.ts';
import type { CodeNamespace, CodeNamespaces } from './codeNamespaces.ts';
import { rangeOf } from './positions.ts';
import { prefixUri } from './prefixDocuments.ts';
import type { RemoteKeys } from './remoteKeys.ts';
import type { WorkerDocuments } from './workerDocuments.ts';

const START = new vscode.Range(0, 0, 0, 0);

const linkTo = (targetUri: vscode.Uri, originSelectionRange: vscode.Range): vscode.DefinitionLink => ({
  targetUri,
  originSelectionRange,
  targetRange: START,
});

/**
 * Leads from a key to its value, and from a template or prefix to the keys that begin with it. VS Code reads a single
 * definition as soon as Ctrl is held over a name, so a value in an account is included only beside a local one, or if
 * the account may be asked.
 */
export class KeyDefinition implements vscode.DefinitionProvider {
  readonly #documents: WorkerDocuments;
  readonly #namespaces: CodeNamespaces;
  readonly #remote: RemoteKeys;

  constructor(documents: WorkerDocuments, namespaces: CodeNamespaces, remote: RemoteKeys) {
    this.#documents = documents;
    this.#namespaces = namespaces;
    this.#remote = remote;
  }

  async provideDefinition(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.DefinitionLink[] | undefined> {
    const code = this.#documents.code(document);
    const use = code && keyAt(code.analysis, document.offsetAt(position));
    const text = use && code.analysis.constants.text(use.node);
    if (!code || !use || !text || text.start === '') return undefined;
    const namespaces = await this.#namespaces.of(use.call.bindings, code.configs);
    const origin = rangeOf(document, use);
    if (use.kind === 'prefix' || !text.isWhole) {
      const readable = namespaces.filter(({ isLocal }) => isLocal || this.#remote.isAsked);
      return readable.map(({ ref }) => linkTo(prefixUri(ref, text.start), origin));
    }
    const key = text.start;
    const local: CodeNamespace[] = [];
    for (const namespace of namespaces.filter(({ isLocal }) => isLocal)) {
      if (await this.#has(namespace, key)) local.push(namespace);
    }
    if (token.isCancellationRequested) return undefined;
    const remote = namespaces.filter((namespace) => !namespace.isLocal && this.#isKnown(namespace, key));
    const found = local.length > 0 || this.#remote.isAsked || remote.length > 1 ? [...local, ...remote] : [];
    return found.map(({ ref }) => linkTo(valueUri(ref, key), origin));
  }

  #isKnown(namespace: CodeNamespace, key: string): boolean {
    return this.#remote.isAsked || this.#remote.keys(namespace, key, 1).keys.some(({ name }) => name === key);
  }

  async #has(namespace: CodeNamespace, key: string): Promise<boolean> {
    try {
      return (await listedKey(await this.#namespaces.store(namespace), key)) !== undefined;
    } catch {
      return false;
    }
  }
}
