import * as vscode from 'vscode';
import type { ContextKeyId } from '../ids.ts';

/** A context key that `when` clauses in package.json use. Tells VS Code only about changes, however often it is set. */
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
