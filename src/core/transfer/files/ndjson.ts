import * as l10n from '@vscode/l10n';
import { itemError } from './fileErrors.ts';
import type { RawItem } from './rawItem.ts';
import { linesOf, readText } from './readText.ts';

/** One item for each line; empty lines are passed over. */
export async function* readNdjson(path: string, signal: AbortSignal | undefined): AsyncGenerator<RawItem> {
  let position = 0;
  for await (const line of linesOf(readText(path, signal))) {
    if (line.trim() === '') continue;
    position++;
    yield { position, content: parse(line, position) };
  }
}

function parse(line: string, position: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw itemError(position, l10n.t('the line is not valid JSON.'));
  }
}
