import * as vscode from 'vscode';
import { KeptEntries, type KeptEntry } from '../../wrangler/keptEntries.ts';
import { type ConfigOutline, type OutlineEntry, readOutline } from '../../wrangler/outline.ts';

type Parsers = typeof import('../../wrangler/parsers.lazy.ts');

/** A binding as named in a text. */
export interface BindingName {
  readonly binding: string;
  /** Absent for the top level. */
  readonly environment?: string | undefined;
}

interface Read {
  version: number;
  outline: ConfigOutline;
  readonly kept: KeptEntries;
}

/** Reads the texts of configs: each version is parsed once, for all features. */
export class ConfigTexts implements vscode.Disposable {
  readonly #parsers: Parsers;
  readonly #read = new WeakMap<vscode.TextDocument, Read>();
  readonly #listener: vscode.Disposable;

  constructor(parsers: Parsers) {
    this.#parsers = parsers;
    this.#listener = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      const changes = contentChanges.map(({ rangeOffset, rangeLength, text }) => ({
        offset: rangeOffset,
        length: rangeLength,
        text,
      }));
      this.#read.get(document)?.kept.edited(changes);
    });
  }

  outline(document: vscode.TextDocument): ConfigOutline {
    return this.#readNow(document).outline;
  }

  /** While the text is broken, the last known bindings. */
  bindings(document: vscode.TextDocument): readonly KeptEntry[] {
    return this.#readNow(document).kept.entries;
  }

  /** The entry of a binding in the current text. */
  entry(document: vscode.TextDocument, { binding, environment }: BindingName): OutlineEntry | undefined {
    const table = this.outline(document).tables.find((one) => one.environment === environment);
    return table?.entries.find((entry) => entry.binding?.text === binding);
  }

  dispose(): void {
    this.#listener.dispose();
  }

  #readNow(document: vscode.TextDocument): Read {
    const known = this.#read.get(document);
    if (known?.version === document.version) return known;
    const outline = readOutline(document.uri.fsPath, document.getText(), this.#parsers);
    const read = known ?? { version: document.version, outline, kept: new KeptEntries() };
    Object.assign(read, { version: document.version, outline });
    read.kept.read(outline);
    this.#read.set(document, read);
    return read;
  }
}

/** Converts offsets to an editor range. */
export const rangeOf = (document: vscode.TextDocument, { start, end }: { start: number; end: number }): vscode.Range =>
  new vscode.Range(document.positionAt(start), document.positionAt(end));
