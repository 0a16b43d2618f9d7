import * as vscode from 'vscode';
import { stub } from './stub.ts';

/** A message, prompt or dialog that the extension asked VS Code for. */
export interface Asked {
  readonly how: (typeof watched)[number];
  /** The text of a message; the title of a prompt. */
  readonly text: string;
  /** The second line of a modal. */
  readonly detail?: string;
  readonly items: readonly string[];
}

const watched = [
  ...(['showInformationMessage', 'showWarningMessage', 'showErrorMessage', 'showQuickPick'] as const),
  ...(['showInputBox', 'showOpenDialog', 'showSaveDialog', 'createQuickPick'] as const),
] as const;

/**
 * Takes the place of everything in which VS Code would ask or tell the user something, for the extension too: it shares
 * this API object. `answer` gives the button that is pressed or the text that is typed; without one, all are dismissed.
 */
export class WindowSpy {
  readonly asked: Asked[] = [];
  answer: (asked: Asked) => unknown = () => undefined;
  readonly #stubs: vscode.Disposable;

  constructor() {
    this.#stubs = vscode.Disposable.from(
      ...watched.map((how) => stub(vscode.window, how, (...args: readonly unknown[]) => this.#called(how, args))),
    );
  }

  restore(): void {
    this.#stubs.dispose();
  }

  async #called(how: Asked['how'], [first, ...rest]: readonly unknown[]): Promise<unknown> {
    const options = [first, ...rest].find(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    );
    const text = (name: string): string | undefined => {
      const value: unknown = options === undefined ? undefined : Reflect.get(Object(options), name);
      return typeof value === 'string' ? value : undefined;
    };
    const detail = text('detail');
    const asked: Asked = {
      how,
      text: typeof first === 'string' ? first : (text('title') ?? text('prompt') ?? ''),
      ...(detail !== undefined && { detail }),
      items: rest.filter((value) => typeof value === 'string'),
    };
    this.asked.push(asked);
    return this.answer(asked);
  }
}
