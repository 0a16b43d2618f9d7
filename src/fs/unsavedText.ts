import * as vscode from 'vscode';
import type { KeyDocument } from './keyDocument.ts';

/**
 * Tells documents of ours what their editors show, when unsaved text arrives or is no more, and when they are about to
 * be renamed.
 */
export function watchUnsavedText(
  documentsOf: (uri: vscode.Uri) => readonly (KeyDocument | undefined)[],
): vscode.Disposable {
  const note = (document: vscode.TextDocument): void => {
    for (const one of documentsOf(document.uri)) {
      if (document.isDirty) one?.noteArrived();
      else one?.versions.noteShown(document.getText());
    }
  };
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(note),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      note(document);
      if (document.isDirty || contentChanges.length > 0) return;
      for (const one of documentsOf(document.uri)) one?.noteNoUnsavedText();
    }),
    // Not where VS Code takes a rename back: what was noted last counts then.
    vscode.workspace.onWillRenameFiles(({ files }) => {
      for (const { oldUri } of files) for (const document of documentsOf(oldUri)) document?.noteRenaming();
    }),
  );
}
