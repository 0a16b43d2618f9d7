import { basename } from 'node:path';
import * as l10n from '@vscode/l10n';
import { errnoOf } from '../../base/errno.ts';
import { errorText, isKvError, KvError, type KvErrorKind } from '../../base/errors.ts';
import { countText } from '../../text/countText.ts';

/** An error about the content of a file. Only the caller of the reader knows whether anything was written by then. */
class ContentError extends KvError {}

/** An error about one item of a file. */
class ItemError extends ContentError {}

/** Adds to an item's error which of several files the item is in. */
export const inFile = (path: string, error: unknown): unknown =>
  error instanceof ItemError
    ? new ContentError(error.kind, l10n.t('{0}: {1}', basename(path), error.message), { cause: error.cause })
    : error;

/**
 * For the first pass over a file, before anything is written: adds to errors about the content that nothing was
 * written.
 */
export const beforeWriting = (error: unknown): unknown =>
  error instanceof ContentError
    ? new KvError(error.kind, l10n.t('Nothing was written. {0}', error.message), { cause: error.cause })
    : error;

/** The error for one item of a bulk file. Positions count from 1; `problem` is a sentence that names the key. */
export const itemError = (position: number, problem: string): KvError => itemErrorOf('invalidInput', position, problem);

const itemErrorOf = (kind: KvErrorKind, position: number, problem: string): KvError =>
  new ItemError(kind, l10n.t('Item {0}: {1}', countText(position), problem));

/** Like {@link itemError}, for an item whose key is known. */
export const keyItemError = (position: number, key: string, problem: string): KvError =>
  itemError(position, l10n.t('“{0}”: {1}', key, problem));

/** Runs a check of one item. Adds the position to any error, and keeps the error's kind. */
export function atItem<T>(position: number, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!isKvError(error)) throw error;
    throw itemErrorOf(error.kind, position, error.message);
  }
}

/** The error for a file that does not have the expected format. */
export const notOfFormat = (path: string, problem: string): KvError =>
  new ContentError('invalidInput', l10n.t('{0}: {1}', basename(path), problem));

export const notUtf8 = (path: string): KvError => notOfFormat(path, l10n.t('it is not UTF-8 text.'));

/** The error for a file that changed while it was read, so that its parts may not belong together. */
export const changedMeanwhile = (path: string): KvError =>
  new ContentError('conflict', l10n.t('{0} was changed while it was being read.', basename(path)));

/** The second half of a sentence, for a link, a folder, a pipe or a device. */
export const notOrdinary = (): string => l10n.t('it is not an ordinary file.');

/** Converts an error of the file system to a {@link KvError}. A KvError is returned unchanged. */
export function fileError(path: string, error: unknown): KvError {
  if (isKvError(error)) return error;
  return new KvError('invalidInput', l10n.t('{0} cannot be used: {1}', basename(path), fileReason(error)), {
    cause: error,
  });
}

/** The problem with a file, as the second half of a sentence. */
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
