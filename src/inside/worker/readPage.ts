import { compareUtf8 } from '../../core/keys/utf8Order.ts';
import type { Place, Range } from '../protocol.ts';
import type { Listed, PageWork } from './context.ts';
import { inLanes } from './lanes.ts';
import { LimitHit } from './limits.ts';
import { between, END, type Horizon, isWithin, nearer, sideBySide } from './merge.ts';

/** A key that is on both sides, on one of them, or on neither any more. */
export interface Pair {
  readonly name: string;
  readonly source?: Listed;
  readonly target?: Listed;
  /** Why it could not be looked up. */
  readonly error?: unknown;
}

export interface ReadPage {
  readonly pairs: readonly Pair[];
  /** Where the next page begins. */
  readonly place: Place;
  readonly ended: boolean;
}

/** The maximum that one call returns. */
const PAGE = 1000;
/** A page ends after this many pages of a listing, if the target has many more keys or many lie before its place. */
const MOST_LISTED = 4;

/**
 * How many of the keys in `behind` a page includes. They are so few that if all of them are throttled, it does not yet
 * count for all keys.
 */
const MOST_BEHIND = 6;

/** The keys of the next page of a range, together with those of the target if `withTarget`. */
export async function readPage(page: PageWork, range: Range, withTarget: boolean): Promise<ReadPage> {
  const read = range.keys
    ? await readSelection(page, range, range.keys, withTarget)
    : await readListed(page, range, withTarget);
  // They come last, so that if they stand in the way, the others are done before.
  const { behind = [] } = range;
  const pairs = [...read.pairs, ...(await lookUp(page, behind.slice(0, MOST_BEHIND), withTarget))];
  const later = behind.slice(MOST_BEHIND);
  if (later.length === 0) return { ...read, pairs };
  return { pairs, place: { ...read.place, behind: later }, ended: false };
}

/** The place from which to continue with what was not done of a page. */
export function placeOfRest(page: PageWork, range: Range, pairs: readonly Pair[]): Place {
  const { cursor, targetCursor, after: before = '' } = range;
  const done = pairs.filter(({ name }) => page.isDone(name) && compareUtf8(name, before) > 0);
  const after = done.at(-1)?.name ?? before;
  const undone = pairs.map(({ name }) => name).filter((name) => !page.isDone(name) && compareUtf8(name, after) <= 0);
  const behind = [...undone, ...(range.behind ?? []).slice(MOST_BEHIND)];
  return { cursor, targetCursor, after, ...(behind.length > 0 && { behind }) };
}

async function readListed(page: PageWork, range: Range, withTarget: boolean): Promise<ReadPage> {
  const { pageSize } = page.params.size;
  const after = range.after ?? '';
  const bound: Horizon = range.last ?? END;
  const source = await readOn(page, page.env.SOURCE, { ...range, limit: pageSize }, (horizon) => horizon !== after);
  const keys = between(source.keys, after, END);
  const last = keys.length > pageSize ? (keys[pageSize - 1]?.name ?? END) : source.horizon;
  const wanted = nearer(last, bound);
  const target =
    withTarget && wanted !== after
      ? await readOn(
          ...([page, page.target, { after, cursor: range.targetCursor, limit: PAGE }] as const),
          (horizon) => nearer(wanted, horizon) === wanted,
        )
      : undefined;
  const horizon = target ? nearer(wanted, target.horizon) : wanted;
  const pairs = [...sideBySide(between(keys, after, horizon), between(target?.keys ?? [], after, horizon))];
  const place: Place = {
    cursor: cursorAfter(source, horizon),
    targetCursor: target ? cursorAfter(target, horizon) : range.targetCursor,
    after: horizon ?? pairs.at(-1)?.name ?? after,
  };
  return { pairs, place, ended: horizon === bound };
}

interface Side {
  readonly keys: readonly Listed[];
  /** All keys between the place and this point are included. It is never before the place. */
  readonly horizon: Horizon;
  /** Cursors of the listing's last page, and of the one after it. */
  readonly from: string | undefined;
  readonly next: string | undefined;
}

/** A page that is not used up is listed again, because a cursor can only lead to the beginning of a page. */
const cursorAfter = ({ horizon, from, next }: Side, used: Horizon): string | undefined =>
  horizon === used ? next : from;

/**
 * Continues a listing from a cursor until there are enough keys. The cursor's page may begin long before the place; it
 * may also end before it, if keys were put into it since or pages have become smaller. Keys up to the place are done,
 * and are skipped.
 */
async function readOn(
  page: PageWork,
  namespace: KVNamespace,
  { cursor, after = '', limit }: Place & { readonly limit: number },
  isEnough: (horizon: Horizon) => boolean,
): Promise<Side> {
  const keys: Listed[] = [];
  for (let from = cursor, n = 1; ; n++) {
    const listed = await page.list(namespace, {
      prefix: page.params.prefix,
      cursor: from,
      limit: n === 1 ? limit : PAGE,
    });
    keys.push(...listed.keys);
    const next = listed.list_complete ? from : listed.cursor;
    const last = listed.list_complete ? END : (keys.at(-1)?.name ?? after);
    const horizon = isWithin(after, last) ? last : after;
    if (horizon === END || isEnough(horizon) || n === MOST_LISTED) return { keys, horizon, from, next };
    from = next;
  }
}

async function readSelection(
  page: PageWork,
  { after = '' }: Range,
  all: readonly string[],
  withTarget: boolean,
): Promise<ReadPage> {
  const rest = all.filter((key) => compareUtf8(key, after) > 0);
  const keys = rest.slice(0, page.params.size.pageSize);
  // A selection has nothing beside it that the target could have in excess.
  const pairs = (await lookUp(page, keys, withTarget)).map((pair) => (pair.source ? pair : omitTarget(pair)));
  return { pairs, place: { after: keys.at(-1) ?? after }, ended: keys.length === rest.length };
}

const omitTarget = ({ name, error }: Pair): Pair => ({ name, ...(error !== undefined && { error }) });

/** Single keys have to be looked up, because only a listing tells when a key expires. */
async function lookUp(page: PageWork, keys: readonly string[], withTarget: boolean): Promise<Pair[]> {
  const pairs = new Map<string, Pair>();
  await inLanes(keys, page.lanes, async (name) => {
    try {
      const source = await page.again(name, () => page.look(page.env.SOURCE, name));
      const target = withTarget ? await page.again(name, () => page.look(page.target, name)) : undefined;
      pairs.set(name, { name, ...(source && { source }), ...(target && { target }) });
    } catch (error) {
      if (error instanceof LimitHit) throw error;
      pairs.set(name, { name, error });
    }
  });
  return keys.flatMap((name) => pairs.get(name) ?? []);
}
