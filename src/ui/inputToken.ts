import * as vscode from 'vscode';
import { withoutLinks } from '../core/text/withoutLinks.ts';

export interface TokenQuestion {
  readonly prompt: string;
  /** Returns what is wrong with an answer; `undefined` if nothing is. */
  readonly problem: (token: string) => string | undefined;
  readonly openPage: () => void;
}

/**
 * Asks for an API token without showing it. Stays open while the user is in the browser; `undefined` when dismissed.
 */
export async function inputToken({ prompt, problem, openPage }: TokenQuestion): Promise<string | undefined> {
  const box = vscode.window.createInputBox();
  box.title = vscode.l10n.t('Sign In with an API Token');
  box.prompt = withoutLinks(prompt);
  box.placeholder = vscode.l10n.t('API token');
  box.password = true;
  box.ignoreFocusOut = true;
  box.buttons = [{ iconPath: new vscode.ThemeIcon('link-external'), tooltip: openPageTitle() }];
  try {
    return await new Promise<string | undefined>((resolve) => {
      box.onDidTriggerButton(openPage);
      box.onDidChangeValue(() => {
        box.validationMessage = undefined;
      });
      box.onDidAccept(() => {
        const wrong = problem(box.value);
        box.validationMessage = wrong === undefined ? undefined : withoutLinks(wrong);
        if (wrong === undefined) resolve(box.value);
      });
      box.onDidHide(() => resolve(undefined));
      box.show();
    });
  } finally {
    box.dispose();
  }
}

export const openPageTitle = (): string => vscode.l10n.t('Open Token Page');
