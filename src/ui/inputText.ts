import * as vscode from 'vscode';
import { withoutLinks } from '../core/text/withoutLinks.ts';

/**
 * Asks for a text; `undefined` when dismissed. VS Code makes links of what stands below the text as it does in
 * messages, and a title or a key stands there too.
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
