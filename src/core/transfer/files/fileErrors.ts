import { basename } from 'node:path';
import * as l10n from '@vscode/l10n';
import { errnoOf } from '../../base/errno.ts';
import { errorText, isKvError, KvError, type KvErrorKind } from '../../base/errors.ts';
import { countText } from '../../text/countText.ts';

/**
 * Something is wrong with the content of a file. Whether anything was written by then, only its reader's owner knows.
 */
class ContentError extends KvError {}

/** The same of one of its items. */
class ItemError extends ContentError {}

/** Says in which of several files an item is. */
export const inFile = (path: string, error: unknown): unknown =>
  error instanceof ItemError
    ? new ContentError(error.kind, l10n.t('{0}: {1}', basename(path), error.message), { cause: error.cause })
    : error;

/** For the first reading of a file, which comes before anything is written: an error of its content says so. */
export const beforeWriting = (error: unknown): unknown =>
  error instanceof ContentError
    ? new KvError(error.kind, l10n.t('Nothing was written. {0}', error.message), { cause: error.cause })
    : error;

/** What is wrong with one item of a bulk file, by its position from 1; `problem` is a sentence that names the key. */
export const itemError = (position: number, problem: string): KvError => itemErrorOf('invalidInput', position, problem);

const itemErrorOf = (kind: KvErrorKind, position: number, problem: string): KvError =>
  new ItemError(kind, l10n.t('Item {0}: {1}', countText(position), problem));

/** The same for an item whose key is known. */
export const keyItemError = (position: number, key: string, problem: string): KvError =>
  itemError(position, l10n.t('“{0}”: {1}', key, problem));

/** Runs a check of one item; what it throws is told with the position, as the kind of error that it is. */
export function atItem<T>(position: number, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!isKvError(error)) throw error;
    throw itemErrorOf(error.kind, position, error.message);
  }
}

/** A file that is not of the format that it should be. */
export const notOfFormat = (path: string, problem: string): KvError =>
  new ContentError('invalidInput', l10n.t('{0}: {1}', basename(path), problem));

export const notUtf8 = (path: string): KvError => notOfFormat(path, l10n.t('it is not UTF-8 text.'));

/** For a file whose later bytes belong to another text than those before. */
export const changedMeanwhile = (path: string): KvError =>
  new ContentError('conflict', l10n.t('{0} was changed while it was being read.', basename(path)));

/** For a link, a folder, a pipe or a device, as the second half of a sentence. */
export const notOrdinary = (): string => l10n.t('it is not an ordinary file.');

/** An error of the file system, or a {@link KvError} as it is. */
export function fileError(path: string, error: unknown): KvError {
  if (isKvError(error)) return error;
  return new KvError('invalidInput', l10n.t('{0} cannot be used: {1}', basename(path), fileReason(error)), {
    cause: error,
  });
}

/** What is wrong with a file, as the second half of a sentence. */
export function fileReason(error: unknown): string {
  switch (errnoOf(error)) {
    case 'ENOENT':
      return l10n.t('it does not exist.');
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return l10n.t('there is no permission for it.');
    case 'ENOSPC':
    case 'EDQUOT':
      return l10n.t('the disk is full.');
    case 'EISDIR':
      return l10n.t('it is a folder.');
    case 'ENAMETOOLONG':
      return l10n.t('its name is too long.');
    case 'ENOTDIR':
      return l10n.t('a part of its path is not a folder.');
    default:
      return errorText(error);
  }
}
