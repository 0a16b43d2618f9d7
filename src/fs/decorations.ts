import * as vscode from 'vscode';
import { damageReason, type TextDamage } from '../core/textFidelity.ts';
import { isOurs } from './kvUri.ts';

export interface DecorationsHost {
  readonly damageOf: (uri: vscode.Uri) => TextDamage | undefined;
  readonly onDidOpen: vscode.Event<vscode.Uri>;
}

/** A lock on the tabs of values that open read-only, with the reason in its tooltip. */
export function registerDecorations({ damageOf, onDidOpen }: DecorationsHost): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  return vscode.Disposable.from(
    changed,
    onDidOpen((uri) => {
      if (isOurs(uri) && damageOf(uri)) changed.fire(uri);
    }),
    vscode.window.registerFileDecorationProvider({
      onDidChangeFileDecorations: changed.event,
      provideFileDecoration(uri) {
        const damage = isOurs(uri) ? damageOf(uri) : undefined;
        return damage && { badge: 'RO', tooltip: vscode.l10n.t('Read-only: {0}', damageReason(damage)) };
      },
    }),
  );
}
