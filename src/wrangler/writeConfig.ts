import { randomUUID } from 'node:crypto';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as l10n from '@vscode/l10n';
import { errnoOf } from '../core/base/errno.ts';
import { isKvError, KvError } from '../core/base/errors.ts';
import type { BindingChange } from './bindingPlan.ts';
import { editBindings } from './editBindings.ts';

/**
 * Adds a KV binding to a config on disk, as `editBindings` does to a text; false if everything was there. Unsaved
 * changes in an editor are not seen.
 */
export const addBinding = (path: string, change: BindingChange): Promise<boolean> =>
  writeConfig(path, (text) => editBindings(path, text, change));

/** Rejects as {@link addBinding} would for this change; writes nothing. */
export const checkBinding = (path: string, change: BindingChange): Promise<unknown> =>
  writeConfig(path, async (text) => {
    await editBindings(path, text, change);
    return text;
  });

/**
 * Replaces the text of a config as a whole. The new text is written to a file beside it, which is then renamed and gets
 * the same permissions; if the path is a link, its target is replaced. False if the text stays the same and nothing is
 * written. Rejects with what `edit` throws, with kind `conflict` if somebody else wrote the file meanwhile, and with
 * kind `notFound`, `forbidden`, `invalidInput` (not UTF-8) or `server` if it cannot be read or written. The file is
 * unchanged in all these cases.
 */
export async function writeConfig(path: string, edit: (text: string) => string | Promise<string>): Promise<boolean> {
  const name = basename(path);
  try {
    const target = await realpath(path);
    const before = await readFile(target);
    const text = decode(before, name);
    const edited = await edit(text);
    if (edited === text) return false;
    await replace(target, before, edited, name);
    return true;
  } catch (error) {
    throw isKvError(error) ? error : notWritten(error, name);
  }
}

async function replace(target: string, before: Buffer, text: string, name: string): Promise<void> {
  const partial = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
  const { mode } = await stat(target);
  try {
    const file = await open(partial, 'wx', mode);
    try {
      // The umask restricts the mode given to `open`.
      await file.chmod(mode);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    if (!before.equals(await readFile(target))) {
      throw new KvError(
        'conflict',
        l10n.t('{0} was changed by another program at the same moment, so it was left as it is. Try again.', name),
      );
    }
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

function decode(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new KvError(
      'invalidInput',
      l10n.t('{0} was not changed: it is not UTF-8. Save it with that encoding first.', name),
      { cause: error },
    );
  }
}

function notWritten(error: unknown, name: string): KvError {
  const options = { cause: error };
  switch (errnoOf(error)) {
    case 'ENOENT':
      return new KvError('notFound', l10n.t('{0} is no longer there.', name), options);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new KvError('forbidden', l10n.t('{0} was not changed: permission denied.', name), options);
    case 'ENOSPC':
      return new KvError('server', l10n.t('{0} was not changed: the disk is full.', name), options);
    default:
      return new KvError('server', l10n.t('{0} was not changed. The log has the details.', name), options);
  }
}
