import { compareUtf8 } from '../../core/keys/utf8Order.ts';
import type { Place, Range } from '../protocol.ts';
import type { Listed, PageWork } from './context.ts';
import { inLanes } from './lanes.ts';
import { between, END, type Horizon, nearer, sideBySide } from './merge.ts';

/** A key on both sides, or on one of them. */
export interface Pair {
  readonly source?: Listed;
  readonly target?: Listed;
}

interface ReadPage {
  readonly pairs: readonly Pair[];
  /** Keys of a selection that are not there. */
  readonly gone: number;
  /** Where the next page begins. */
  readonly place: Place;
  readonly ended: boolean;
}

/** The most that one call gives. */
const PAGE = 1000;
/** Where the target has many more keys than the source, a page ends after so many of its pages. */
const TARGET_PAGES = 4;

/** The keys of the next page of a range; with those of the target beside them, where it is asked for them. */
export async function readPage(page: PageWork, range: Range, withTarget: boolean): Promise<ReadPage> {
  if (range.keys) return await readSelection(page, range, range.keys, withTarget);
  const { prefix, size } = page.params;
  const after = range.after ?? '';
  const bound: Horizon = range.last ?? END;
  const source = await page.list(page.env.SOURCE, { prefix, cursor: range.cursor, limit: size.pageSize });
  const sourceHorizon = nearer(source.list_complete ? END : (source.keys.at(-1)?.name ?? after), bound);
  const target = withTarget ? await readTarget(page, range, sourceHorizon) : undefined;
  const horizon = target ? nearer(sourceHorizon, target.horizon) : sourceHorizon;
  const place: Place = {
    // A page that is not used up is listed again: a cursor leads to the beginning of a page only.
    cursor: sourceHorizon === horizon && !source.list_complete ? source.cursor : range.cursor,
    targetCursor: target && target.horizon === horizon ? target.next : target?.from,
    after: horizon ?? after,
  };
  const pairs = sideBySide(between(source.keys, after, horizon), between(target?.keys ?? [], after, horizon));
  return { pairs: [...pairs], gone: 0, place, ended: horizon === bound };
}

/** The target's keys after the place of a range, up to a horizon or less. */
async function readTarget(page: PageWork, { targetCursor, after = '' }: Range, wanted: Horizon) {
  const keys: Listed[] = [];
  let horizon: Horizon = after;
  for (let from = targetCursor, n = 1; ; n++) {
    const listed = await page.list(page.target, { prefix: page.params.prefix, cursor: from, limit: PAGE });
    keys.push(...listed.keys);
    const next = listed.list_complete ? from : listed.cursor;
    horizon = listed.list_complete ? END : (listed.keys.at(-1)?.name ?? horizon);
    // The part may begin in the middle of a page of the target.
    if (horizon !== END && compareUtf8(horizon, after) < 0) horizon = after;
    if (horizon === END || nearer(wanted, horizon) === wanted || n === TARGET_PAGES)
      return { keys, horizon, from, next };
    from = next;
  }
}

/** Single keys have to be looked up: only a listing tells when a key ends. */
async function readSelection(
  page: PageWork,
  { after = '' }: Range,
  all: readonly string[],
  withTarget: boolean,
): Promise<ReadPage> {
  const rest = all.filter((key) => compareUtf8(key, after) > 0);
  const keys = rest.slice(0, page.params.size.pageSize);
  const pairs: Pair[] = [];
  let gone = 0;
  await inLanes(keys, page.lanes, async (key) => {
    try {
      const source = await page.again(() => page.look(page.env.SOURCE, key));
      const target = withTarget ? await page.again(() => page.look(page.target, key)) : undefined;
      if (source) pairs.push({ source, ...(target && { target }) });
      else gone++;
    } catch (error) {
      page.failed(key, error);
    }
  });
  return { pairs, gone, place: { after: keys.at(-1) ?? after }, ended: keys.length === rest.length };
}
