import * as vscode from 'vscode';
import { Emitter, type Event } from '../core/base/event.ts';
import { heldUris } from './openDocuments.ts';

/** What VS Code has begun, or ceased, to hold; URIs as text. */
export interface HoldsChange {
  /** The first tab shows them. */
  readonly shown?: readonly string[];
  /** No tab shows them any more. */
  readonly hidden?: readonly string[];
  /** No text document is open for them any more. */
  readonly closed?: readonly string[];
}

/** Which documents VS Code holds, by their URIs as text. */
export interface Holds {
  /** A tab shows it: by itself, in its own kind of editor, or as one side of a comparison of any size. */
  isShown(id: string): boolean;
  /** A text document of it is open, be it shown or not. */
  isText(id: string): boolean;
  readonly onDidChange: Event<HoldsChange>;
}

/** The real ones: the tabs and text documents of this window. */
export class DocumentHolds implements Holds, vscode.Disposable {
  readonly #changed = new Emitter<HoldsChange>();
  readonly #listener: vscode.Disposable;
  #shown: ReadonlySet<string> | undefined;
  #texts: ReadonlySet<string> | undefined;
  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#listener = vscode.Disposable.from(
      vscode.window.tabGroups.onDidChangeTabs(() => this.#tabsChanged()),
      vscode.workspace.onDidOpenTextDocument(() => {
        this.#texts = undefined;
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        const id = uri.toString();
        this.#texts = undefined;
        // Another language closes a document and opens it again; it is in the list meanwhile.
        if (!this.isText(id)) this.#changed.fire({ closed: [id] });
      }),
    );
  }

  isShown(id: string): boolean {
    this.#shown ??= shownIds();
    return this.#shown.has(id);
  }

  isText(id: string): boolean {
    this.#texts ??= new Set(vscode.workspace.textDocuments.map(({ uri }) => uri.toString()));
    return this.#texts.has(id);
  }

  dispose(): void {
    this.#listener.dispose();
    this.#changed.dispose();
  }

  #tabsChanged(): void {
    const before = this.#shown ?? new Set();
    const now = shownIds();
    this.#shown = now;
    const shown = [...now].filter((id) => !before.has(id));
    const hidden = [...before].filter((id) => !now.has(id));
    if (shown.length > 0 || hidden.length > 0) this.#changed.fire({ shown, hidden });
  }
}

const shownIds = (): ReadonlySet<string> => new Set(heldUris().map(String));
