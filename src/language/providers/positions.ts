import * as vscode from 'vscode';
import type { Analysis } from '../code/analysis.ts';
import type { BindingUse, Range } from '../code/calls.ts';

export const rangeOf = (document: vscode.TextDocument, { from, to }: Range): vscode.Range =>
  new vscode.Range(document.positionAt(from), document.positionAt(to));

/** The same for a text that is not open in an editor: counts its lines. */
export class Lines {
  readonly #starts: readonly number[];

  constructor(text: string) {
    const starts = [0];
    for (const { index } of text.matchAll(/\r\n|\r|\n/g)) {
      const end = text.startsWith('\r\n', index) ? 2 : 1;
      starts.push(index + end);
    }
    this.#starts = starts;
  }

  range({ from, to }: Range): vscode.Range {
    return new vscode.Range(this.#position(from), this.#position(to));
  }

  #position(offset: number): vscode.Position {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return new vscode.Position(low, offset - (this.#starts[low] ?? 0));
  }
}

const holds = ({ from, to }: Range, offset: number): boolean => from <= offset && offset <= to;

export const bindingAt = ({ bindings }: Analysis, offset: number): BindingUse | undefined =>
  bindings.find((use) => holds(use, offset));
