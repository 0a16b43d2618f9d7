import type * as vscode from 'vscode';
import { LONGEST_CODE } from '../../core/code/syntax.ts';
import type { WranglerConfig } from '../../wrangler/config.ts';
import type { BindingNames } from '../bindingNames.ts';
import { type Analysis, analyse } from '../code/analysis.ts';
import { check } from '../code/diagnostics/check.ts';
import type { Finding } from '../code/diagnostics/finding.ts';
import { mayUseKv } from '../code/mentions.ts';

/** What code features use for one document. */
export interface WorkerCode {
  readonly analysis: Analysis;
  /** The configs whose bindings the document sees. */
  readonly configs: readonly WranglerConfig[];
}

interface Known {
  readonly version: number;
  /** The bindings with which it was analysed. */
  readonly names: string;
  readonly code: WorkerCode | undefined;
  findings?: readonly Finding[];
}

/** Worker code by document: each version is parsed once, for all features. */
export class WorkerDocuments {
  readonly #names: BindingNames;
  readonly #known = new WeakMap<vscode.TextDocument, Known>();

  constructor(names: BindingNames) {
    this.#names = names;
  }

  /** The newest version of a document; `undefined` if it cannot use KV or is too long. */
  code(document: vscode.TextDocument): WorkerCode | undefined {
    return this.#look(document).code;
  }

  /** Its findings, in text order. */
  findings(document: vscode.TextDocument): readonly Finding[] {
    const known = this.#look(document);
    if (!known.code) return [];
    const isTyped = /\.(?:[cm]?tsx?|astro)$/.test(document.fileName);
    known.findings ??= check({ analysis: known.code.analysis, isTyped, now: Math.floor(Date.now() / 1000) });
    return known.findings;
  }

  /** The code of a file that is not open in an editor. */
  async read(path: string, text: string): Promise<WorkerCode | undefined> {
    await this.prepare(path);
    return this.#analyse(path, text);
  }

  /** Whether a file that is too long to be parsed may use KV and sees one of these configs. */
  async mayUse(path: string, text: string, configs: readonly string[]): Promise<boolean> {
    await this.prepare(path);
    return (
      this.#names.configs(path).some((config) => configs.includes(config.path)) && mayUseKv(text, this.#names.of(path))
    );
  }

  /** Reads the files that declare a file's bindings, if they have changed. */
  async prepare(path: string): Promise<void> {
    await this.#names.read(path);
  }

  #look(document: vscode.TextDocument): Known {
    const names = [...this.#names.of(document.fileName)].join('\n');
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
    const names = this.#names.of(path);
    if (text.length > LONGEST_CODE || !mayUseKv(text, names)) return undefined;
    return { analysis: analyse(path, text, names), configs: this.#names.configs(path) };
  }
}
