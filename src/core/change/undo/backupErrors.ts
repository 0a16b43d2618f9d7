import * as l10n from '@vscode/l10n';
import { isKvError, KvError } from '../../base/errors.ts';

/** The backup could not be made; the operation it was for has not begun. */
export function notBackedUp(error: unknown): KvError {
  if (isKvError(error)) return error;
  return new KvError(
    'server',
    l10n.t('Nothing was changed, because the backup for Undo could not be written: {0}', reason(error)),
    { cause: error },
  );
}

/** An existing backup cannot be used or removed. */
export function unusable(error: unknown): KvError {
  if (isKvError(error)) return error;
  return new KvError('server', l10n.t('The backup for Undo cannot be used: {0}', reason(error)), { cause: error });
}

export const tooLargeToUndo = (megabytes: number): KvError =>
  new KvError(
    'tooLarge',
    l10n.t(
      'Nothing was changed, because this is too much to be undone: backups may take {0} MB. Raise the setting “{1}”, or go on without Undo.',
      megabytes,
      'cloudflareKv.undo.megabytes',
    ),
  );

export const noSuchBackup = (): KvError =>
  new KvError('notFound', l10n.t('This can no longer be undone: its backup was removed.'));

export const undoneAlready = (): KvError =>
  new KvError('busy', l10n.t('This is being undone already. Wait until it has ended.'));

export const damagedBackup = (): KvError =>
  new KvError('server', l10n.t('The backup for Undo is damaged from here on. What was read before it is restored.'));

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return l10n.t('the disk is full. Make room and try again.');
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return l10n.t("there is no permission to use the extension's storage folder.");
    case 'ENOENT':
      return l10n.t('it was removed in the meantime.');
    default:
      return l10n.t('the log has the details.');
  }
}
