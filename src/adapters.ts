import * as vscode from 'vscode';
import type { BackupOptions } from './core/change/undo/backup.ts';
import type { KvFileSystemHost } from './fs/kvFileSystem.ts';
import { activeUri, checkEncoding, hasUnsavedText, openDocument, shownUris } from './fs/openDocuments.ts';
import { checkAutomatic } from './fs/saveWatch.ts';
import type { Settings } from './settings.ts';
import { pickExpiration } from './ui/pickExpiration.ts';
import { reportError } from './ui/reportError.ts';

/*
 * What the parts of the extension ask of settings, windows and the machine, for the factory of the services.
 */

/** How long and how large undo backups are kept, by the settings of now. */
export const backupOptions = (settings: Pick<Settings, 'undoDays' | 'undoMegabytes'>): BackupOptions => ({
  get days() {
    return settings.undoDays;
  },
  get megabytes() {
    return settings.undoMegabytes;
  },
  clock: Date.now,
});

/** A namespace is as its setting says (local ones can be written), unless it was toggled. */
export const readOnlyRule =
  (toggled: Marks): ReadOnlyReason =>
  (namespace) => {
    const isDefault =
      isAccount(namespace.source) &&
      vscode.workspace.getConfiguration('cloudflareKv').get<boolean>(settings.remoteReadOnly, false);
    return isDefault !== toggled.has(namespace)
      ? vscode.l10n.t('This namespace is switched to read-only. “Toggle Read-Only” lets you write to it again.')
      : undefined;
  };

/** The setting; whatever a person wrote there. */
export function devServerPorts(): readonly number[] {
  const ports: unknown = vscode.workspace.getConfiguration('cloudflareKv').get(settings.devServerPorts);
  return Array.isArray(ports) ? ports : [];
}

/** How long a tab may take to be known here, in milliseconds. */
const TAB_MS = 200;

/** What file systems ask of the windows and documents. */
export const fileSystemHost = (
  settings: Pick<Settings, 'remoteAutoSave'>,
  log: vscode.LogOutputChannel,
): KvFileSystemHost => ({
  checkDocument({ target, save }) {
    checkAutomatic(target, save, settings);
    checkEncoding(target.uri);
  },
  isOpenDocument: (uri) => openDocument(uri) !== undefined,
  hasUnsavedText,
  isShown: (uri) => shownUris().some((shown) => shown.toString() === uri.toString()),
  tellUnavailable(uri, error) {
    // An editor that cannot open says that there was an error, but not which.
    setTimeout(() => {
      const isShown = activeUri()?.toString() === uri.toString() && !openDocument(uri);
      if (isShown) reportError(log, 'open', error);
    }, TAB_MS);
  },
  async askExpiration(key) {
    const answer = await pickExpiration(key, vscode.l10n.t('Create “{0}” with an Expiration', key));
    return answer && { expiration: answer.expiration ?? undefined };
  },
});
