import * as vscode from 'vscode';
import type { KeyDocument } from './keyDocument.ts';

/** Tells documents of ours when unsaved text arrives or is no more, and when they are about to be renamed. */
export function watchUnsavedText(
  documentsOf: (uri: vscode.Uri) => readonly (KeyDocument | undefined)[],
): vscode.Disposable {
  const noteArrived = (uri: vscode.Uri): void => {
    for (const document of documentsOf(uri)) document?.noteArrived();
  };
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(({ uri, isDirty }) => {
      if (isDirty) noteArrived(uri);
    }),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      const { uri, isDirty } = document;
      if (isDirty) return noteArrived(uri);
      for (const one of documentsOf(uri)) {
        if (contentChanges.length > 0) one?.versions.noteText(document.getText());
        else one?.noteNoUnsavedText();
      }
    }),
    // Not where VS Code takes a rename back: what was noted last counts then.
    vscode.workspace.onWillRenameFiles(({ files }) => {
      for (const { oldUri } of files) for (const document of documentsOf(oldUri)) document?.noteRenaming();
    }),
  );
}
