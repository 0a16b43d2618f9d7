import * as l10n from '@vscode/l10n';
import { isKvError, KvError } from '../base/errors.ts';
import type { ChangeKind } from './keyChange.ts';

/** Adds to the error of a read before a change, which only says what could not be read, that nothing was changed. */
export function nothingDone(error: unknown, kind: ChangeKind): unknown {
  if (!isKvError(error) || error.kind === 'cancelled') return error;
  const text =
    kind === 'delete'
      ? l10n.t('Nothing was deleted. {0}', error.message)
      : l10n.t('Nothing was written. {0}', error.message);
  return new KvError(error.kind, text, error);
}
