import * as l10n from '@vscode/l10n';
import type { KvError } from '../../base/errors.ts';
import { itemError, notOfFormat } from './fileErrors.ts';
import type { InputFile } from './inputFile.ts';
import { type JsonItem, JsonItems, NotJson } from './jsonItems.ts';
import { readJsonText } from './jsonText.ts';
import type { RawItem } from './rawItem.ts';

/** Characters passed to the parser at a time. With more, its garbage survives longer. */
const SLICE = 1 << 12;
/** A fault shows in its own slice or in the next one, and three of four slices may be short. */
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
  // What the parser found in the slice with the fault is lost, so the items are parsed again, that slice one character
  // at a time.
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

/** The items that end in each piece. Throws {@link NotJson}. */
async function* parsed(pieces: AsyncIterable<string>, items: JsonItems): AsyncGenerator<readonly JsonItem[]> {
  for await (const piece of pieces) yield items.push(piece);
  items.end();
}

/** The first `count` slices of the text, then the rest one character at a time. */
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

/** `said` says what is wrong with the item, if the text is valid JSON. */
function problem(path: string, items: JsonItems, said: string): KvError {
  if (items.isEmpty) return notOfFormat(path, l10n.t('it is empty.'));
  if (!items.isBegun) return notOfFormat(path, l10n.t('it is not a JSON array or object.'));
  if (said !== '') return itemError(items.position, said);
  return itemError(
    items.position,
    items.endsEarly ? l10n.t('the JSON ends too early.') : l10n.t('this is not valid JSON.'),
  );
}
