import * as vscode from 'vscode';
import { isOurs } from './kvUri.ts';

export interface DecorationsHost {
  readonly readOnlyReason: (uri: vscode.Uri) => string | undefined;
  readonly onDidOpen: vscode.Event<vscode.Uri>;
}

/** A lock on the tabs of values that open read-only, with the reason in its tooltip. */
export function registerDecorations({ readOnlyReason, onDidOpen }: DecorationsHost): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  return vscode.Disposable.from(
    changed,
    onDidOpen((uri) => {
      if (isOurs(uri) && readOnlyReason(uri)) changed.fire(uri);
    }),
    vscode.window.registerFileDecorationProvider({
      onDidChangeFileDecorations: changed.event,
      provideFileDecoration(uri) {
        const reason = isOurs(uri) ? readOnlyReason(uri) : undefined;
        if (!reason) return undefined;
        return { badge: 'RO', tooltip: vscode.l10n.t('Read-only: {0}', reason) };
      },
    }),
  );
}
