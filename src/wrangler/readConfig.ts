import { dirname } from 'node:path';
import * as l10n from '@vscode/l10n';
import { errnoOf } from '../core/base/errno.ts';
import { isKvError } from '../core/base/errors.ts';
import { withoutMark } from '../core/text/withoutMark.ts';
import { readBindings } from './bindings.ts';
import type { WranglerConfig } from './config.ts';
import { readConfigText } from './outline.ts';
import { readProjectText } from './readProjectText.ts';

/** Reads one config file. Never rejects: if it cannot be read or parsed, the result has a `problem`. */
export async function readWranglerConfig(path: string): Promise<WranglerConfig> {
  let text: string;
  try {
    text = await readProjectText(path);
  } catch (error) {
    return { path, folder: dirname(path), bindings: [], problem: { message: unreadable(error) } };
  }
  return await parseWranglerConfig(path, text);
}

/** The same for a given text, such as that of an open editor; `path` decides between TOML and JSON. */
export async function parseWranglerConfig(path: string, text: string): Promise<WranglerConfig> {
  const parsers = await import('./parsers.lazy.ts');
  const place = { path, folder: dirname(path) };
  try {
    return { ...place, ...readBindings(readConfigText(path, withoutMark(text), parsers)) };
  } catch (error) {
    return { ...place, bindings: [], problem: { message: unparsed(error) } };
  }
}

/** The parsers are recursive, so deep nesting overflows the stack. */
const unparsed = (error: unknown): string =>
  error instanceof RangeError ? l10n.t('It is nested too deeply.') : l10n.t('The file cannot be read.');

function unreadable(error: unknown): string {
  if (isKvError(error)) return error.message;
  const code = errnoOf(error);
  if (code === 'ENOENT') return l10n.t('The file is no longer there.');
  if (code === 'EACCES' || code === 'EPERM') return l10n.t('The file cannot be read: permission denied.');
  if (code === 'EISDIR') return l10n.t('This is a folder, not a file.');
  return l10n.t('The file cannot be read.');
}
