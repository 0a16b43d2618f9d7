import * as vscode from 'vscode';

/** The page that explains this code. */
export const diagnosticPage = (extensionUri: vscode.Uri, code: string): vscode.Uri =>
  vscode.Uri.joinPath(extensionUri, 'media', 'diagnostics', `${code}.md`);

export const codeOf = ({ code }: vscode.Diagnostic): unknown => (typeof code === 'object' ? code.value : code);

/** Opens the page rendered: the link of a diagnostic would show its source. */
export function explanation(diagnostic: vscode.Diagnostic, code: string, page: vscode.Uri): vscode.CodeAction {
  const action = new vscode.CodeAction(vscode.l10n.t('Explain “{0}”', code), vscode.CodeActionKind.QuickFix);
  action.diagnostics = [diagnostic];
  action.command = { command: 'markdown.showPreview', title: action.title, arguments: [page] };
  return action;
}
