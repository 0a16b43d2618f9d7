import * as vscode from 'vscode';
import { KvError } from '../core/errors.ts';
import { settings } from '../ids.ts';
import { isOurs, isRemote, keyOf } from './kvUri.ts';

/** Knows which saves nobody asked for: a remote value is written only when its user saves it. */
export class AutoSaveGuard implements vscode.Disposable {
  readonly #automatic = new Set<string>();
  readonly #listener: vscode.Disposable;

  constructor() {
    this.#listener = vscode.workspace.onWillSaveTextDocument(({ document, reason }) => {
      if (!isOurs(document.uri)) return;
      const id = document.uri.toString();
      if (reason === vscode.TextDocumentSaveReason.Manual) this.#automatic.delete(id);
      else this.#automatic.add(id);
    });
  }

  /** Throws for an automatic save of a remote value, unless the setting allows it. */
  check(uri: vscode.Uri): void {
    const isAutomatic = this.#automatic.delete(uri.toString());
    if (!isAutomatic || !isRemote(uri)) return;
    if (vscode.workspace.getConfiguration('cloudflareKv').get<boolean>(settings.remoteAutoSave, false)) return;
    throw new KvError(
      'readOnly',
      vscode.l10n.t(
        'Press Ctrl+S to write to “{0}”: remote values are not saved automatically.',
        keyOf(uri)?.key ?? '',
      ),
    );
  }

  dispose(): void {
    this.#listener.dispose();
  }
}
