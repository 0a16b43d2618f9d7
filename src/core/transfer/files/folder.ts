import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as l10n from '@vscode/l10n';
import { isKvError } from '../../base/errors.ts';
import { checkValueSize } from '../../entry/limits.ts';
import { MANIFEST } from './bulkFormat.ts';
import { atItem, fileError, itemError, keyItemError } from './fileErrors.ts';
import { readJson } from './json.ts';
import type { RawItem } from './rawItem.ts';

/** The items that the manifest of a folder lists, with the bytes of their files as values. */
export async function* readFolder(path: string, signal: AbortSignal | undefined): AsyncGenerator<RawItem> {
  for await (const { position, name, content } of readJson(join(path, MANIFEST), signal)) {
    if (name === undefined || typeof content !== 'object' || content === null || 'value' in content) {
      throw itemError(
        position,
        l10n.t('the manifest must name a file and its key here: “{0}”.', '{ "file": { "key": … } }'),
      );
    }
    if (name === '' || name === '.' || name === '..' || /[/\\\u0000]/.test(name)) {
      throw keyItemError(position, name, l10n.t('this is not the name of a file in the folder.'));
    }
    const key = 'key' in content && typeof content.key === 'string' ? content.key : name;
    const value = await bytesOf(join(path, name), key, position);
    yield { position, content: { ...content, value } };
  }
}

async function bytesOf(path: string, key: string, position: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    atItem(position, () => checkValueSize(key, size));
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (isKvError(error)) throw error;
    throw keyItemError(position, key, fileError(path, error).message);
  }
}
