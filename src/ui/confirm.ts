import * as vscode from 'vscode';
import { withoutLinks } from '../core/text/withoutLinks.ts';

export interface Question {
  /** With number, namespace and side: "Delete 3 keys from SESSIONS (local, shop)?". */
  readonly question: string;
  /** The first keys, what it costs, whether it can be undone. */
  readonly detail: string;
  /** Repeats verb and number: "Delete 3 Keys". */
  readonly button: string;
}

/** Asks in a modal; false when it was dismissed. */
export async function confirm({ question, detail, button }: Question): Promise<boolean> {
  const answer = await vscode.window.showWarningMessage(withoutLinks(question), { modal: true, detail }, button);
  return answer === button;
}
