import * as vscode from 'vscode';
import { withoutLinks } from '../core/text/withoutLinks.ts';

export interface Question {
  /** Contains number, namespace and side: "Delete 3 keys from SESSIONS (local, shop)?". */
  readonly question: string;
  /** The first keys, the cost, whether it can be undone. */
  readonly detail: string;
  /** Repeats verb and number: "Delete 3 Keys". */
  readonly button: string;
}

/** Asks in a modal dialog; false when dismissed. */
export const confirm = async ({ question, detail, button }: Question): Promise<boolean> =>
  (await ask(question, detail, [button])) === button;

/** Asks in a modal dialog with several buttons; `undefined` when dismissed. */
export const ask = async (question: string, detail: string, buttons: readonly string[]): Promise<string | undefined> =>
  await vscode.window.showWarningMessage(withoutLinks(question), { modal: true, detail }, ...buttons);
