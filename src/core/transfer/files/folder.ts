import { basename, join } from 'node:path';
import * as l10n from '@vscode/l10n';
import { isKvError } from '../../base/errors.ts';
import { NotRegular, openRegular } from '../../base/regularFile.ts';
import { checkValueSize } from '../../entry/limits.ts';
import { KeySet } from '../../keys/keySet.ts';
import { MANIFEST } from './bulkFormat.ts';
import { atItem, fileError, itemError, keyItemError, notOrdinary } from './fileErrors.ts';
import { InputFile } from './inputFile.ts';
import { readJson } from './json.ts';
import { readNdjson } from './ndjson.ts';
import type { RawItem } from './rawItem.ts';

/** The items listed in a folder's manifest, with the bytes of their files as values. */
export async function* readFolder(path: string, signal: AbortSignal | undefined): AsyncGenerator<RawItem> {
  const named = new KeySet();
  await using manifest = await InputFile.openListed(join(path, MANIFEST));
  for await (const { position, name, content } of readJson(manifest, signal)) {
    // An export that ran inside Cloudflare consists of files with many entries each.
    if (name === 'parts' && isNames(content)) {
      yield* readParts(path, content, named, signal);
      continue;
    }
    if (name === undefined || typeof content !== 'object' || content === null || 'value' in content) {
      throw itemError(
        position,
        l10n.t('the manifest must name a file and its key here: “{0}”.', '{ "file": { "key": … } }'),
      );
    }
    if (!isFileName(name)) {
      throw keyItemError(position, name, l10n.t('this is not the name of a file in the folder.'));
    }
    const key = 'key' in content && typeof content.key === 'string' ? content.key : name;
    if (!named.add(name)) throw keyItemError(position, key, namedTwice(name));
    const value = await bytesOf(join(path, name), key, position);
    yield { position, content: { ...content, value } };
  }
}

const isNames = (content: unknown): content is readonly string[] =>
  Array.isArray(content) && content.every((name) => typeof name === 'string');

const isFileName = (name: string): boolean => name !== '' && name !== '.' && name !== '..' && !/[/\\\u0000]/.test(name);

/** Positions continue from file to file, as in a single file. */
async function* readParts(
  path: string,
  names: readonly string[],
  named: KeySet,
  signal: AbortSignal | undefined,
): AsyncGenerator<RawItem> {
  let before = 0;
  for (const name of names) {
    if (!isFileName(name)) {
      throw itemError(before + 1, l10n.t('“{0}” is not the name of a file in the folder.', name));
    }
    if (!named.add(name)) throw itemError(before + 1, namedTwice(name));
    let last = before;
    await using part = await InputFile.openListed(join(path, name));
    for await (const { position, content } of readNdjson(part, signal)) {
      last = before + position;
      yield { position: last, content };
    }
    before = last;
  }
}

const namedTwice = (name: string): string => l10n.t('the manifest names the file “{0}” twice.', name);

async function bytesOf(path: string, key: string, position: number): Promise<Uint8Array> {
  try {
    await using file = await InputFile.of(path, openRegular(path));
    atItem(position, () => checkValueSize(key, file.size));
    return await file.readWhole();
  } catch (error) {
    if (isKvError(error)) throw error;
    const reason =
      error instanceof NotRegular
        ? l10n.t('{0} cannot be used: {1}', basename(path), notOrdinary())
        : fileError(path, error).message;
    throw keyItemError(position, key, reason);
  }
}
