import { eachHit } from '../../core/search/hits.ts';
import type { Needle } from '../protocol.ts';
import type { PageWork } from './context.ts';
import type { Pair } from './readPage.ts';
import { valuesOf } from './values.ts';

/** How many lines of one value to report; the others are only counted. */
const MOST_TOLD = 100;

/** Searches the values of a page. */
export async function searchPage(page: PageWork, pairs: readonly Pair[]): Promise<void> {
  const { needle } = page.params;
  if (needle === undefined) throw new Error('There is nothing to look for.');
  const find = finder(needle);
  for await (const { listed, bytes } of valuesOf(page, pairs)) {
    const text = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(bytes);
    let count = 0;
    for (const hit of eachHit(text, 'lines', find)) {
      if (++count <= MOST_TOLD) page.find({ kind: 'match', key: listed.name, line: hit.line, text: hit.text });
    }
    page.tally.matches += count;
    page.tally.done++;
  }
}

function finder(needle: Needle): (line: string) => number {
  if ('text' in needle) return (line) => line.indexOf(needle.text);
  const expression = new RegExp(needle.source, needle.flags);
  return (line) => line.search(expression);
}
