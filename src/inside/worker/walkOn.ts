import { compareUtf8 } from '../../core/keys/utf8Order.ts';
import type { JobParams, Range, Walked } from '../protocol.ts';
import type { Env } from './context.ts';
import { again } from './lanes.ts';

/** How many pages of the target's listing to follow for one part. */
const CHASE_PAGES = 20;
/**
 * The cuts of a turn are in its result, of which the engine keeps 1 MiB: keys take up to 512 bytes, and cursors more.
 */
const MOST_CUT = 150_000;
/** Number of selected keys in one part. */
const SELECTED = 1000;

interface Steps {
  readonly walk: Walked;
  readonly cut: readonly Range[];
  readonly listed: number;
  readonly lists: number;
  readonly listMs: number;
}

/**
 * Continues the listing and cuts it into parts, each from a cursor up to a key. Complete for any key names, whatever is
 * added or deleted meanwhile: a key belongs to the part in whose range it lies, not to a page.
 */
export async function walkOn(
  env: Env,
  params: JobParams,
  from: Walked,
  { parts, listingMs, withTarget }: { parts: number; listingMs: number; withTarget: boolean },
): Promise<Steps> {
  const { request, pace } = params;
  if (request.keys) return selected(from, request.keys, pace.probeKeys);
  const began = Date.now();
  const cut: Range[] = [];
  let [walk, listed, lists, listMs, size] = [from, 0, 0, 0, 0];
  const list = async (namespace: KVNamespace, cursor: string | undefined) => {
    const asked = Date.now();
    const ask = () => namespace.list({ prefix: request.prefix, cursor, limit: pace.pageSize });
    const page = await again(ask, pace.callRetryMs);
    lists++;
    listMs += Date.now() - asked;
    return page;
  };
  while (!walk.done && cut.length < parts && size < MOST_CUT && Date.now() - began < listingMs) {
    const page = await list(env.SOURCE, walk.cursor);
    listed += page.keys.length;
    const last = page.keys.at(-1)?.name ?? walk.last;
    const pages = walk.pages + 1;
    if (page.list_complete) {
      cut.push(walk.start);
      walk = { ...walk, last, pages: 0, done: true };
      break;
    }
    walk = { ...walk, cursor: page.cursor, last, pages };
    // The first part is small, because it measures.
    const isProbe = walk.start.after === undefined;
    const isFull = isProbe ? pages * pace.pageSize >= pace.probeKeys : pages >= pace.pagesPerPart;
    if (!isFull || last === undefined || last === walk.start.after) continue;
    const range = { ...walk.start, last };
    cut.push(range);
    size += JSON.stringify(range).length;
    const targetCursor = withTarget && env.TARGET ? await chase(env.TARGET, walk.targetCursor, last, list) : undefined;
    walk = { ...walk, targetCursor, pages: 0, start: { cursor: page.cursor, targetCursor, after: last } };
  }
  return { walk, cut, listed, lists, listMs };
}

/** The cursor of the page of the target in which keys after this one begin, or of an earlier page. */
async function chase(
  target: KVNamespace,
  from: string | undefined,
  key: string,
  list: (namespace: KVNamespace, cursor: string | undefined) => Promise<KVNamespaceListResult<unknown, string>>,
): Promise<string | undefined> {
  let cursor = from;
  for (let n = 0; n < CHASE_PAGES; n++) {
    const page = await list(target, cursor);
    const last = page.keys.at(-1)?.name;
    if (page.list_complete || (last !== undefined && compareUtf8(last, key) > 0)) return cursor;
    cursor = page.cursor;
  }
  return cursor;
}

function selected(from: Walked, keys: readonly string[], probeKeys: number): Steps {
  const cut: Range[] = [{ keys: keys.slice(0, Math.min(probeKeys, SELECTED)) }];
  for (let at = cut[0]?.keys?.length ?? 0; at < keys.length; at += SELECTED)
    cut.push({ keys: keys.slice(at, at + SELECTED) });
  return { walk: { ...from, done: true }, cut, listed: keys.length, lists: 0, listMs: 0 };
}
