import type { KvKeyInfo } from '../entry/entry.ts';
import { compareUtf8 } from '../keys/utf8Order.ts';
import { listKeys } from '../store/listKeys.ts';
import type { KvReader } from '../store/store.ts';

/** The most keys of each side that are counted, so that the user need not wait long. */
const MOST_LISTED = 20_000;

/** How many keys the target has that its source does not. */
export interface ExtraKeys {
  readonly extra: number;
  /** The number of keys of the target that were counted. */
  readonly target: number;
  /** False if there are too many keys to count; then the numbers are those of the first keys only. */
  readonly isAll: boolean;
}

/** Whether no key has this prefix. */
export async function isEmpty(store: KvReader, prefix: string | undefined, signal?: AbortSignal): Promise<boolean> {
  for await (const _ of listKeys(store, prefix, signal)) return false;
  return true;
}

/** Lists both sides in parallel, in key order, and counts the keys that only the target has. */
export async function countExtra(
  source: KvReader,
  target: KvReader,
  prefix: string | undefined,
  signal?: AbortSignal,
): Promise<ExtraKeys> {
  const sources = keysIn(source, prefix, signal);
  let [extra, seen, passed] = [0, 0, 0];
  try {
    let left = await sources.next();
    for await (const page of listKeys(target, prefix, signal)) {
      for (const { name } of page) {
        while (!left.done && compareUtf8(left.value.name, name) < 0) {
          left = await sources.next();
          passed++;
        }
        if (seen === MOST_LISTED || passed >= MOST_LISTED) return { extra, target: seen, isAll: false };
        seen++;
        if (left.done || left.value.name !== name) extra++;
      }
    }
    return { extra, target: seen, isAll: true };
  } finally {
    await sources.return(undefined);
  }
}

async function* keysIn(
  store: KvReader,
  prefix: string | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<KvKeyInfo, undefined> {
  for await (const page of listKeys(store, prefix, signal)) yield* page;
  return undefined;
}
