import * as l10n from '@vscode/l10n';
import { KvError } from '../../base/errors.ts';
import { MIN_LIFETIME_SECONDS } from '../../entry/limits.ts';

export const movedMeanwhile = (key: string): KvError =>
  new KvError('conflict', l10n.t('“{0}” was not restored: it was changed at the same moment. Undo again.', key));

/** For the new name of a rename. */
export const eitherMoved = (key: string, former: string): KvError =>
  new KvError(
    'conflict',
    l10n.t('“{0}” stays as it is: it or “{1}” was changed at the same moment. Undo again.', key, former),
  );

export const changedSince = (key: string): KvError =>
  new KvError('conflict', l10n.t('“{0}” was not restored: it was changed since. It stays as it is.', key));

export const changedBetween = (key: string): KvError =>
  new KvError(
    'conflict',
    l10n.t('“{0}” has what somebody wrote while the work was interrupted, not what was there before the work.', key),
  );

export const onlyCopy = (key: string): KvError =>
  new KvError(
    'conflict',
    l10n.t('“{0}” stays as it is: what it has could not be given back to the key that it was renamed from.', key),
  );

/** For a key whose former name was restored by an earlier undo. */
export const movedOn = (key: string, former: string): KvError =>
  new KvError(
    'conflict',
    l10n.t('“{0}” stays as it is: “{1}” was given back before, and has changed since.', key, former),
  );

/** Like {@link movedOn}, if the rename has overwritten something. */
export const movedOnOver = (key: string, former: string): KvError =>
  new KvError(
    'conflict',
    l10n.t(
      '“{0}” stays as it is: “{1}” was given back before, and has changed since. Copy “{0}” to “{1}” and undo again to get back what “{0}” had before.',
      key,
      former,
    ),
  );

export const expiredSince = (key: string): KvError =>
  new KvError(
    'invalidInput',
    l10n.t(
      '“{0}” was not restored: it has expired, or would within {1} s, and KV takes no shorter time.',
      key,
      MIN_LIFETIME_SECONDS,
    ),
  );
