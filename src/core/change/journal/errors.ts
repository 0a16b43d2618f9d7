import * as l10n from '@vscode/l10n';
import { errnoOf, isShortage } from '../../base/errno.ts';
import { isKvError, KvError } from '../../base/errors.ts';

/** The error if the old state could not be kept, and so nothing was changed. */
export function notKept(error: unknown): KvError {
  if (isKvError(error)) return error;
  return new KvError(
    'server',
    l10n.t('Nothing more was changed, because what goes could not be kept for Undo: {0}', reason(error)),
    { cause: error },
  );
}

/** The error if a journal cannot be read or removed. */
export function unusable(error: unknown): KvError {
  if (isKvError(error)) return error;
  return new KvError('server', l10n.t('What was kept for Undo cannot be used: {0}', reason(error)), { cause: error });
}

export const noSuchChange = (): KvError =>
  new KvError('notFound', l10n.t('This cannot be undone: it was undone already, or what was kept for it is gone.'));

export const stillRunning = (label: string): KvError =>
  new KvError(
    'busy',
    l10n.t(
      'This cannot be undone yet, because it is still going on: {0}. Wait until it has ended, or cancel it.',
      label,
    ),
  );

export const undoneAlready = (): KvError =>
  new KvError('busy', l10n.t('This is being undone already. Wait until it has ended.'));

/** A part of a journal cannot be read. */
class DamagedJournal extends KvError {
  readonly isDamagedJournal = true;
  readonly isSpent: boolean;

  constructor(isSpent: boolean, more: string) {
    const damage = l10n.t(
      'Part of what was kept for Undo is damaged, and cannot be restored. What else was kept is as it was before, unless it has changed since.',
    );
    super('server', more === '' ? damage : `${damage} ${more}`);
    this.isSpent = isSpent;
  }
}

/** `isSpent`: nothing was restored, and nothing readable is left to restore. `more` describes what else went wrong. */
export const damagedJournal = ({ isSpent = false, more = '' } = {}): KvError => new DamagedJournal(isSpent, more);

/** Checks a field instead of the class, because a lazily loaded bundle has its own copy of the class. */
export const isDamagedJournal = (error: unknown): error is KvError & { readonly isSpent: boolean } =>
  error instanceof Error && 'isDamagedJournal' in error;

/** The error for an open file that no longer has a name. */
export const gone = (): Error => Object.assign(new Error('The file was removed.'), { code: 'ENOENT' });

function reason(error: unknown): string {
  if (isShortage(error)) return l10n.t('it is in use, or too many files are open. Try again in a moment.');
  switch (errnoOf(error)) {
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
