import * as l10n from '@vscode/l10n';
import { KvError } from '../base/errors.ts';
import { KeySet } from '../keys/keySet.ts';
import { keyUnder } from '../keys/keyUnder.ts';
import type { EntrySource } from '../store/entrySource.ts';

/**
 * The entries with the names that they get in the group of this prefix. Throws `invalidInput` where two would get the
 * same one, of which one would go; the first pass, to the end, comes before anything is written, and says so.
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
