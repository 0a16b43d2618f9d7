import * as vscode from 'vscode';
import { KvError } from '../core/base/errors.ts';
import { keysScheme } from '../ids.ts';
import type { Settings } from '../settings.ts';
import { isOurs, isRemote, keyOf } from './kvUri.ts';

/** A save that has not ended by then has failed: VS Code tells of none that does, in milliseconds. */
const LONGEST_SAVE_MS = 30_000;

/** Knows which saves are under way, and which of them nobody asked for. */
export class SaveWatch implements vscode.Disposable {
  readonly #automatic = new Set<string>();
  readonly #saving = new Map<string, number>();
  readonly #settings: Pick<Settings, 'remoteAutoSave'>;
  readonly #listener: vscode.Disposable;

  constructor(settings: Pick<Settings, 'remoteAutoSave'>) {
    this.#settings = settings;
    this.#listener = vscode.Disposable.from(
      vscode.workspace.onWillSaveTextDocument(({ document, reason }) => {
        if (!isOurs(document.uri) && document.uri.scheme !== keysScheme) return;
        const id = document.uri.toString();
        this.#saving.set(id, Date.now());
        if (reason === vscode.TextDocumentSaveReason.Manual) this.#automatic.delete(id);
        else this.#automatic.add(id);
      }),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => this.#saving.delete(uri.toString())),
    );
  }

  isSaving(uri: vscode.Uri): boolean {
    return Date.now() - (this.#saving.get(uri.toString()) ?? 0) < LONGEST_SAVE_MS;
  }

  /** Throws for an automatic save of many keys, which asks, and for one of a remote value: that is written only when its user saves it, or by setting. */
  checkAutomatic(uri: vscode.Uri): void {
    const isAutomatic = this.#automatic.delete(uri.toString());
    if (isAutomatic && uri.scheme === keysScheme) {
      throw new KvError(
        'readOnly',
        vscode.l10n.t('Press Ctrl+S to write these keys: they are not saved automatically.'),
      );
    }
    if (!isAutomatic || !isRemote(uri) || this.#settings.remoteAutoSave) return;
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
