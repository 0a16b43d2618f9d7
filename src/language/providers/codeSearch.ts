import * as vscode from 'vscode';
import { throwIfCancelled } from '../../core/base/cancel.ts';
import { LONGEST_CODE } from '../../core/code/syntax.ts';
import type { CodeQuery, Services } from '../../services.ts';
import type { WranglerConfig } from '../../wrangler/config.ts';
import type { KeyUse, KvCall, Range } from '../code/calls.ts';
import { mayMeet, type NamedKeys, namedKeys } from '../code/namedKeys.ts';
import { FILES, MADE_BY_TOOLS, MOST_FILES, readCode } from './codeFiles.ts';
import { Lines } from './positions.ts';
import type { WorkerCode, WorkerDocuments } from './workerDocuments.ts';

/** Finds where the workspace's Worker code names a namespace, one of its keys, or a group of them. */
export class CodeSearch {
  readonly #documents: WorkerDocuments;
  readonly #sources: Services['sources'];

  constructor(documents: WorkerDocuments, sources: Services['sources']) {
    this.#documents = documents;
    this.#sources = sources;
  }

  async find(query: CodeQuery, signal: AbortSignal): Promise<vscode.Location[]> {
    const { namespace } = await this.#sources.describe(query.namespace);
    const places = new Set(namespace.bindings.map(({ name, config }) => `${config}\n${name}`));
    const names = [...new Set(namespace.bindings.map(({ name }) => name))];
    const { key, prefix } = query;
    const sought = key === undefined ? prefix !== undefined && { start: prefix, leastBytes: 0 } : { start: key };
    return await this.#search(
      signal,
      (text) => names.some((name) => text.includes(name)) || text.includes('KVNamespace'),
      (code) => {
        const isOf = ({ bindings }: KvCall): boolean => leadsTo(bindings, code.configs, places);
        if (!sought) {
          const { calls, bindings } = code.analysis;
          const unnamed = calls
            .filter((call) => call.bindings.length > 0 && isOf(call))
            .map(({ methodAt }) => methodAt);
          const named = bindings.filter(({ binding }) => leadsTo([binding], code.configs, places));
          return named.length > 0 ? named : unnamed;
        }
        return code.analysis.keys.filter((use) => isOf(use.call) && mayName(code, use, sought));
      },
    );
  }

  /** Finds where the same binding is named, in code that sees the same configs. */
  async binding(name: string, configs: readonly WranglerConfig[], signal: AbortSignal): Promise<vscode.Location[]> {
    const paths = new Set(configs.map(({ path }) => path));
    return await this.#search(
      signal,
      (text) => text.includes(name),
      (code) => (seesSame(code.configs, paths) ? code.analysis.bindings.filter(({ binding }) => binding === name) : []),
    );
  }

  /**
   * Finds where the same keys of the same bindings may be named, in code that sees the same configs. Without bindings,
   * finds keys of any binding.
   */
  async key(
    sought: NamedKeys,
    bindings: readonly string[],
    configs: readonly WranglerConfig[],
    signal: AbortSignal,
  ): Promise<vscode.Location[]> {
    const paths = new Set(configs.map(({ path }) => path));
    const places = new Set(configs.flatMap(({ path }) => bindings.map((name) => `${path}\n${name}`)));
    return await this.#search(
      signal,
      () => true,
      (code) =>
        code.analysis.keys.filter((use) => {
          const isSame =
            bindings.length === 0 ? seesSame(code.configs, paths) : leadsTo(use.call.bindings, code.configs, places);
          return isSame && mayName(code, use, sought);
        }),
    );
  }

  async #search(
    signal: AbortSignal,
    mayMatch: (text: string) => boolean,
    match: (code: WorkerCode) => readonly Range[],
  ): Promise<vscode.Location[]> {
    const found: vscode.Location[] = [];
    const open = new Map(vscode.workspace.textDocuments.map((document) => [document.uri.toString(), document]));
    const uris = await vscode.workspace.findFiles(FILES, MADE_BY_TOOLS, MOST_FILES);
    for (const uri of uris.sort((a, b) => (a.path < b.path ? -1 : 1))) {
      throwIfCancelled(signal);
      const text = await readCode(uri, open);
      if (text.length > LONGEST_CODE || !mayMatch(text)) continue;
      const code = await this.#documents.read(uri.fsPath, text);
      if (!code) continue;
      const lines = new Lines(text);
      for (const range of match(code)) found.push(new vscode.Location(uri, lines.range(range)));
    }
    return found;
  }
}

function mayName({ analysis }: WorkerCode, { node, kind }: KeyUse, sought: NamedKeys): boolean {
  const text = analysis.constants.text(node);
  return text !== undefined && mayMeet(namedKeys(text, kind), sought);
}

/** True if code sees one of these configs. Code without any config belongs with other such code. */
const seesSame = (configs: readonly WranglerConfig[], paths: ReadonlySet<string>): boolean =>
  configs.length === 0 ? paths.size === 0 : configs.some(({ path }) => paths.has(path));

/** True if a call uses one of these bindings, or has unknown bindings and its code sees their config. */
function leadsTo(
  bindings: readonly string[],
  configs: readonly WranglerConfig[],
  places: ReadonlySet<string>,
): boolean {
  return configs.some(({ path, bindings: all }) =>
    (bindings.length > 0 ? bindings : all.map(({ name }) => name)).some((name) => places.has(`${path}\n${name}`)),
  );
}
