import type { KvKeyInfo } from '../../core/entry/entry.ts';
import { compareUtf8 } from '../../core/keys/utf8Order.ts';
import type { NamespaceId } from '../../core/store/sourceRegistry.ts';
import type { KvReader } from '../../core/store/store.ts';
import { type Place, readCursor, writeCursor } from './keyCursor.ts';
import { aboutKey, fitting, jsonResult, MAX_RESULT_BYTES } from './result.ts';

const PAGE = 100;
/** Pages without keys, of what was deleted or has expired, that are passed over at once. */
const MOST_PAGES = 20;
/** Room for the place, the prefix and the cursor. */
const ROOM_BYTES = 3500;

interface Query {
  readonly namespace: NamespaceId;
  readonly prefix: string;
  /** Of the result before. */
  readonly cursor: string | undefined;
  /** What the result says of the namespace. */
  readonly place: Readonly<Record<string, string>>;
}

/** The next keys, as many as a result has room for, and the cursor for what follows them. */
export async function keysResult(
  store: KvReader,
  { namespace, prefix, cursor, place }: Query,
  signal?: AbortSignal,
): Promise<string> {
  const { keys, from, next } = await readPage(store, prefix, readCursor(cursor, namespace, prefix), signal);
  const items = keys.map((key) => jsonResult({ key: key.name }, aboutKey(key)));
  const shown = fitting(items, MAX_RESULT_BYTES - ROOM_BYTES);
  const isCut = shown.length < items.length;
  const goOn = isCut ? { page: from, after: keys[shown.length - 1]?.name } : next && { page: next };
  return jsonResult(
    {
      ...place,
      ...(prefix !== '' && { prefix }),
      ...(goOn && { cursor: writeCursor(goOn, namespace, prefix) }),
      complete: goOn === undefined,
    },
    { keys: `[${shown.join()}]` },
  );
}

interface Page {
  readonly keys: readonly KvKeyInfo[];
  /** The store's cursor that gave them. */
  readonly from: string | undefined;
  readonly next: string | undefined;
}

/** The next keys; those of a page that were shown already are left out. */
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
