import * as l10n from '@vscode/l10n';
import type { KvError } from '../../base/errors.ts';
import { itemError, notOfFormat } from './fileErrors.ts';
import type { InputFile } from './inputFile.ts';
import { type JsonItem, JsonItems, NotJson } from './jsonItems.ts';
import { readJsonText } from './jsonText.ts';
import type { RawItem } from './rawItem.ts';

/** Characters for the parser at once. More of them leave garbage that is collected later. */
const SLICE = 1 << 12;
/** A fault shows in its slice or in the next, and of four slices three may be short. */
const IN_DOUBT = 4;

/** The items of a JSON array or object, one at a time. */
export async function* readJson(file: InputFile, signal: AbortSignal | undefined): AsyncGenerator<RawItem> {
  const items = new JsonItems();
  let read = 0;
  try {
    for await (const found of parsed(slices(readJsonText(file, signal)), items)) {
      for (const item of found) yield { position: ++read, ...item };
    }
    return;
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
  }
  // What the parser found in the slice with the fault is lost: now it gets that a character at a time.
  const again = new JsonItems();
  let position = 0;
  let said = '';
  try {
    for await (const found of parsed(slices(readJsonText(file, signal), items.pieces - IN_DOUBT), again)) {
      for (const item of found) if (++position > read) yield { position, ...item };
    }
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    said = error.message;
  }
  throw problem(file.path, again, said);
}

/** What ends in each of the pieces. Throws {@link NotJson}. */
async function* parsed(pieces: AsyncIterable<string>, items: JsonItems): AsyncGenerator<readonly JsonItem[]> {
  for await (const piece of pieces) yield items.push(piece);
  items.end();
}

/** So many slices of the text; the rest of it in characters. */
async function* slices(text: AsyncIterable<string>, count = Number.POSITIVE_INFINITY): AsyncGenerator<string> {
  let passed = 0;
  for await (const piece of text) {
    for (let at = 0; at < piece.length; at += SLICE) {
      const slice = piece.slice(at, at + SLICE);
      if (passed++ < count) yield slice;
      else yield* slice;
    }
  }
}

/** `said` is what is wrong with the item, where it is JSON. */
function problem(path: string, items: JsonItems, said: string): KvError {
  if (items.isEmpty) return notOfFormat(path, l10n.t('it is empty.'));
  if (!items.isBegun) return notOfFormat(path, l10n.t('it is not a JSON array or object.'));
  if (said !== '') return itemError(items.position, said);
  return itemError(
    items.position,
    items.endsEarly ? l10n.t('the JSON ends too early.') : l10n.t('this is not valid JSON.'),
  );
}
