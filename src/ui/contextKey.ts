import * as vscode from 'vscode';
import type { ContextKeyId } from '../ids.ts';

/** What the `when` clauses of package.json ask for. VS Code is told of changes only, however often it is set. */
export class ContextKey<T extends boolean | number | string> {
  readonly #id: ContextKeyId;
  #last: T | undefined;

  constructor(id: ContextKeyId) {
    this.#id = id;
  }

  set(value: T): void {
    if (value === this.#last) return;
    this.#last = value;
    void vscode.commands.executeCommand('setContext', this.#id, value);
  }
}
