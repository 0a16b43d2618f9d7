import { posix } from 'node:path';
import * as l10n from '@vscode/l10n';
import { KvError } from '../base/errors.ts';

/**
 * The keys for files, which are the files' names. Throws `invalidInput` if two files have the same name, because one
 * would overwrite the other.
 */
export function fileKeys(paths: readonly string[]): readonly string[] {
  const keys = paths.map((path) => posix.basename(path));
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice === undefined) return keys;
  throw new KvError(
    'invalidInput',
    l10n.t(
      'Nothing was copied: more than one of the files is called “{0}”, and a file becomes the key of its name.',
      twice,
    ),
  );
}
