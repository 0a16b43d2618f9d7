import * as vscode from 'vscode';
import { Emitter, type Event } from '../core/base/event.ts';
import { heldUris } from './openDocuments.ts';

/** Which documents VS Code has begun or ceased to hold, by their URIs as text. */
export interface HoldsChange {
  /** A first tab shows them now. */
  readonly shown?: readonly string[];
  /** No tab shows them any more. */
  readonly hidden?: readonly string[];
  /** They have no open text document any more. */
  readonly closed?: readonly string[];
}

/** Which documents VS Code holds, by their URIs as text. */
export interface Holds {
  /** Whether a tab shows it: alone, in a custom editor, or as one side of a diff of any number of files. */
  isShown(id: string): boolean;
  /** Whether it has an open text document, shown or not. */
  isText(id: string): boolean;
  readonly onDidChange: Event<HoldsChange>;
}

/** Follows the tabs and text documents of this window. */
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
        // A change of language closes a document and reopens it. Meanwhile it is still in the list.
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
