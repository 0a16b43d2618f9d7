import * as vscode from 'vscode';
import { clockOf } from './core/entry/lifetimeClock.ts';
import { shortText } from './core/store/names.ts';
import type { SourceRegistry } from './core/store/sourceRegistry.ts';
import type { KvFileSystemHost } from './fs/kvFileSystem.ts';
import { activeUri, checkEncoding, hasUnsavedText, openDocument, shownUris, textOf } from './fs/openDocuments.ts';
import { checkAutomatic } from './fs/saveWatch.ts';
import type { Settings } from './settings.ts';
import { reportError } from './ui/reportError.ts';

/** How long a new tab may take to become visible to the extension, in milliseconds. */
const TAB_MS = 200;

/** What the file systems need to know about windows, documents and settings. */
export const fileSystemHost = (
  settings: Pick<Settings, 'remoteAutoSave'>,
  sources: Pick<SourceRegistry, 'nameOf' | 'store'>,
  log: vscode.LogOutputChannel,
): KvFileSystemHost => ({
  checkDocument({ target, save }) {
    checkAutomatic(target, save, settings);
    checkEncoding(target.uri);
  },
  isOpenDocument: (uri) => openDocument(uri) !== undefined,
  hasUnsavedText,
  textOf,
  isShown: (uri) => shownUris().some((shown) => shown.toString() === uri.toString()),
  tellUnavailable(uri, error) {
    // An editor that fails to open says that there was an error, but not which one.
    setTimeout(() => {
      const isShown = activeUri()?.toString() === uri.toString() && !openDocument(uri);
      if (isShown) reportError(log, 'open', error);
    }, TAB_MS);
  },
  async askExpiration({ namespace, key }) {
    const where = await sources.nameOf(namespace);
    const title = vscode.l10n.t('Create “{0}” in {1} with an Expiration', shortText(key), where);
    const { pickExpiration } = await import('./commands/commands.lazy.ts');
    const answer = await pickExpiration(key, title, clockOf(await sources.store(namespace)));
    return answer && { expiration: answer.expiration ?? undefined };
  },
});
