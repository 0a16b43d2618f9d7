import * as vscode from 'vscode';
import { withoutLinks } from '../core/text/withoutLinks.ts';

/**
 * Asks for a text; `undefined` when dismissed. Removes links from prompt and hints, as for messages: VS Code would make
 * links of titles and keys in them.
 */
export function inputText({ prompt, validateInput, ...options }: vscode.InputBoxOptions): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    ...options,
    ...(prompt !== undefined && { prompt: withoutLinks(prompt) }),
    ...(validateInput && { validateInput: async (text) => told(await validateInput(text)) }),
  });
}

type Told = Awaited<ReturnType<NonNullable<vscode.InputBoxOptions['validateInput']>>>;

const told = (problem: Told): Told => {
  if (typeof problem === 'string') return withoutLinks(problem);
  return problem ? { ...problem, message: withoutLinks(problem.message) } : problem;
};
