import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../../services.ts';
import type { WranglerConfig } from '../../wrangler/config.ts';
import { type Analysis, analyse } from '../code/analysis.ts';
import { check } from '../code/diagnostics/check.ts';
import type { Finding } from '../code/diagnostics/finding.ts';
import { declaredBindings, governingConfigs } from '../code/governing.ts';
import { mayUseKv } from '../code/mentions.ts';
import { LONGEST_CODE } from '../code/syntax.ts';

/** What the help in one document goes by. */
export interface WorkerCode {
  readonly analysis: Analysis;
  /** The configs whose bindings the document sees. */
  readonly configs: readonly WranglerConfig[];
}

interface Known {
  readonly version: number;
  /** The bindings that it was analysed by. */
  readonly names: string;
  readonly code: WorkerCode | undefined;
  findings?: readonly Finding[];
}

/** Worker code by its documents: each version is parsed once, for whoever asks. */
export class WorkerDocuments {
  readonly #projects: Pick<Services['projects'], 'configs'>;
  readonly #known = new WeakMap<vscode.TextDocument, Known>();
  /** Bindings by the declarations that name them, which are read again when they change. */
  readonly #declared = new Map<string, { readonly mtime: number; readonly names: readonly string[] }>();

  constructor(projects: Pick<Services['projects'], 'configs'>) {
    this.#projects = projects;
  }

  /** The newest version of a document; `undefined` for one in which there can be no KV, or which is too long. */
  code(document: vscode.TextDocument): WorkerCode | undefined {
    return this.#look(document).code;
  }

  /** What is wrong in it, in the order of the text. */
  findings(document: vscode.TextDocument): readonly Finding[] {
    const known = this.#look(document);
    if (!known.code) return [];
    const isTyped = /\.(?:[cm]?tsx?|astro)$/.test(document.fileName);
    known.findings ??= check({ analysis: known.code.analysis, isTyped, now: Math.floor(Date.now() / 1000) });
    return known.findings;
  }

  /** The code of a file that no editor holds. */
  async read(path: string, text: string): Promise<WorkerCode | undefined> {
    await this.prepare(path);
    return this.#analyse(path, text);
  }

  /** Whether there may be KV in a file that is too long to be read, and that sees one of these configs. */
  async mayUse(path: string, text: string, configs: readonly string[]): Promise<boolean> {
    await this.prepare(path);
    return this.#governing(path).some((config) => configs.includes(config.path)) && mayUseKv(text, this.#names(path));
  }

  /** Reads the declarations that a file's bindings may stand in, if they are others now; resolves to whether they are. */
  async prepare(path: string): Promise<boolean> {
    let isChanged = false;
    for (const { folder } of this.#governing(path)) {
      const file = join(folder, 'worker-configuration.d.ts');
      const mtime = (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;
      const known = this.#declared.get(folder);
      if (known?.mtime === mtime) continue;
      const text = mtime === 0 ? '' : await readFile(file, 'utf8').catch(() => '');
      this.#declared.set(folder, { mtime, names: declaredBindings(text) });
      isChanged = true;
    }
    return isChanged;
  }

  #look(document: vscode.TextDocument): Known {
    const names = [...this.#names(document.fileName)].join('\n');
    const known = this.#known.get(document);
    if (known?.version === document.version && known.names === names) return known;
    const made: Known = {
      version: document.version,
      names,
      code: this.#analyse(document.fileName, document.getText()),
    };
    this.#known.set(document, made);
    return made;
  }

  #analyse(path: string, text: string): WorkerCode | undefined {
    const names = this.#names(path);
    if (text.length > LONGEST_CODE || !mayUseKv(text, names)) return undefined;
    return { analysis: analyse(path, text, names), configs: this.#governing(path) };
  }

  #names(path: string): ReadonlySet<string> {
    const configs = this.#governing(path);
    return new Set([
      ...configs.flatMap(({ bindings }) => bindings.map(({ name }) => name)),
      ...configs.flatMap(({ folder }) => this.#declared.get(folder)?.names ?? []),
    ]);
  }

  #governing(path: string): readonly WranglerConfig[] {
    const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path));
    return governingConfigs(path, this.#projects.configs, folder?.uri.fsPath);
  }
}
