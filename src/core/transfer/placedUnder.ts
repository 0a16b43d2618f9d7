import * as l10n from '@vscode/l10n';
import { KvError } from '../base/errors.ts';
import { KeySet } from '../keys/keySet.ts';
import { keyUnder } from '../keys/keyUnder.ts';
import type { EntrySource } from '../store/entrySource.ts';

/**
 * Renames entries to be in the group with this prefix. Throws `invalidInput` if two entries would get the same name,
 * because one would overwrite the other. The first complete pass happens before anything is written, and its error says
 * so.
 */
export function placedUnder(prefix: string, source: EntrySource): EntrySource {
  let isChecked = false;
  return async function* (signal) {
    const seen = prefix === '' ? undefined : new KeySet();
    for await (const entry of source(signal)) {
      const key = keyUnder(prefix, entry.key);
      if (seen?.add(key) === false) throw bothBecome(key, prefix, isChecked);
      yield { ...entry, key };
    }
    isChecked = true;
  };
}

function bothBecome(key: string, prefix: string, isChecked: boolean): KvError {
  const own = key.slice(prefix.length);
  const problem = l10n.t('“{0}” and “{1}” would both become “{1}”. Leave one of them out.', own, key);
  return new KvError('invalidInput', isChecked ? problem : l10n.t('Nothing was written. {0}', problem));
}
