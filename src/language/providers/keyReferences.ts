import type * as vscode from 'vscode';
import { followToken } from '../../core/base/cancel.ts';
import { keyAt } from '../code/keyPlaces.ts';
import { namedKeys } from '../code/namedKeys.ts';
import type { CodeSearch } from './codeSearch.ts';
import { bindingAt } from './positions.ts';
import type { WorkerDocuments } from './workerDocuments.ts';

/** Finds where else code names the same key or binding. */
export class KeyReferences implements vscode.ReferenceProvider {
  readonly #documents: WorkerDocuments;
  readonly #search: CodeSearch;

  constructor(documents: WorkerDocuments, search: CodeSearch) {
    this.#documents = documents;
    this.#search = search;
  }

  async provideReferences(
    document: vscode.TextDocument,
    position: vscode.Position,
    _: vscode.ReferenceContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.Location[] | undefined> {
    const code = this.#documents.code(document);
    if (!code) return undefined;
    const followed = followToken(token);
    try {
      const offset = document.offsetAt(position);
      const use = keyAt(code.analysis, offset);
      const text = use && code.analysis.constants.text(use.node);
      if (use && text && text.start !== '') {
        const sought = namedKeys(text, use.kind);
        return await this.#search.key(sought, use.call.bindings, code.configs, followed.signal);
      }
      const binding = bindingAt(code.analysis, offset);
      return binding && (await this.#search.binding(binding.binding, code.configs, followed.signal));
    } catch (error) {
      if (token.isCancellationRequested) return undefined;
      throw error;
    } finally {
      followed.dispose();
    }
  }
}
