import type { KvKeyInfo } from '../../core/entry/entry.ts';
import { byteLength } from '../../core/entry/limits.ts';
import { compareUtf8 } from '../../core/keys/utf8Order.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { KvReader } from '../../core/store/store.ts';
import { type Place, readCursor, writeCursor } from './keyCursor.ts';
import { aboutKey, fitting, jsonResult, MAX_RESULT_BYTES } from './result.ts';

const PAGE = 100;
/** How many pages without keys, caused by deleted or expired keys, to skip in one call. */
const MOST_PAGES = 20;

interface Query {
  readonly namespace: NamespaceRef;
  readonly prefix: string;
  /** The cursor from the previous result. */
  readonly cursor: string | undefined;
  /** What the result says about the namespace. */
  readonly place: Readonly<Record<string, string>>;
}

/** The next keys, as many as fit into a result, and the cursor for the keys after them. */
export async function keysResult(
  store: KvReader,
  { namespace, prefix, cursor, place }: Query,
  signal?: AbortSignal,
): Promise<string> {
  const { keys, from, next } = await readPage(store, prefix, readCursor(cursor, namespace, prefix), signal);
  const items = keys.map((key) => jsonResult({ key: key.name }, aboutKey(key)));
  const written = (count: number, isWhole = true): string => {
    const isCut = count < items.length;
    const goOn = isCut ? { page: from, after: keys[count - 1]?.name } : next && { page: next };
    return jsonResult(
      {
        ...place,
        ...(prefix !== '' && isWhole && { prefix }),
        ...(goOn && { cursor: writeCursor(goOn, namespace, prefix) }),
        complete: goOn === undefined,
      },
      { keys: `[${items.slice(0, count).join()}]` },
    );
  };
  let count = fitting(items, MAX_RESULT_BYTES).length;
  // The cursor contains the last key shown, so its length depends on how many there are.
  while (count > 1 && byteLength(written(count)) > MAX_RESULT_BYTES) count--;
  const text = written(count);
  // The caller knows the prefix. There must be a key, or the next result would be the same.
  return byteLength(text) > MAX_RESULT_BYTES ? written(count, false) : text;
}

interface Page {
  readonly keys: readonly KvKeyInfo[];
  /** The store's cursor for this page. */
  readonly from: string | undefined;
  readonly next: string | undefined;
}

/** The next keys, without those of the page that were already shown. */
async function readPage(store: KvReader, prefix: string, place: Place, signal: AbortSignal | undefined): Promise<Page> {
  const { after } = place;
  let from = place.page;
  for (let pages = 1; ; pages++) {
    const { keys, cursor } = await store.list(
      { ...(prefix !== '' && { prefix }), ...(from !== undefined && { cursor: from }), limit: PAGE },
      signal,
    );
    const rest = after === undefined ? keys : keys.filter(({ name }) => compareUtf8(name, after) > 0);
    if (rest.length > 0 || cursor === undefined || pages === MOST_PAGES) return { keys: rest, from, next: cursor };
    from = cursor;
  }
}
