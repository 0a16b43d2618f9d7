import * as l10n from '@vscode/l10n';
import { itemError, notOfFormat } from './fileErrors.ts';
import { ItemSplitter, NotJson } from './itemSplitter.ts';
import type { RawItem } from './rawItem.ts';
import { readText } from './readText.ts';

/** More than the largest entry has when each byte of it is written as `\u0000`. */
const MAX_ITEM_LENGTH = 160_000_000;

/** The items of a JSON array or object, one at a time. */
export async function* readJson(path: string, signal: AbortSignal | undefined): AsyncGenerator<RawItem> {
  const splitter = new ItemSplitter(MAX_ITEM_LENGTH);
  let position = 1;
  try {
    for await (const piece of readText(path, signal)) {
      for (const { text, isLast } of splitter.push(piece)) {
        if (isLast && position === 1 && text.trim() === '') continue;
        yield parse(text, splitter.isObject, position);
        position++;
      }
    }
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    throw splitter.isBegun
      ? itemError(position, l10n.t('this is not valid JSON.'))
      : notOfFormat(path, l10n.t('it is not a JSON array or object.'));
  }
  if (!splitter.isBegun) throw notOfFormat(path, l10n.t('it is empty.'));
  if (!splitter.isEnded) throw itemError(position, l10n.t('the JSON ends too early.'));
}

function parse(text: string, isObject: boolean, position: number): RawItem {
  try {
    if (!isObject) return { position, content: JSON.parse(text) };
    const [[name, content] = ['', undefined], ...more] = Object.entries<unknown>(JSON.parse(`{${text}}`));
    if (content !== undefined && more.length === 0) return { position, name, content };
  } catch {
    // Told below, with the place and without the text.
  }
  throw itemError(position, l10n.t('this is not valid JSON.'));
}
