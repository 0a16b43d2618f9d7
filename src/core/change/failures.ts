import * as l10n from '@vscode/l10n';
import { errorText, isKvError, KvError } from '../base/errors.ts';
import { keyCount } from '../store/names.ts';
import type { BulkOutcome, KeyFailure } from '../store/store.ts';

/** Converts any error to one that can be reported. */
export const knownError = (error: unknown): KvError =>
  isKvError(error) ? error : new KvError('server', errorText(error), { cause: error });

/** Converts any error to the failure of a key. */
export function failureOf(key: string, error: unknown): KeyFailure {
  const known = knownError(error);
  return { key, error: known, ...(known.uncertain && { uncertain: true as const }) };
}

/** Adds to the error that ended a change how much was written all the same. */
export function afterwards(error: KvError, { done, failed }: Pick<BulkOutcome, 'done' | 'failed'>): KvError {
  const uncertain = failed.filter((failure) => failure.uncertain).length;
  const written =
    done > 0
      ? l10n.t('Before that, {0} had been written.', keyCount(done))
      : l10n.t('Before that, {0} may have been written.', keyCount(uncertain));
  const { kind, message, stateFolder, page } = error;
  return new KvError(kind, `${message} ${written}`, { cause: error, stateFolder, page });
}
