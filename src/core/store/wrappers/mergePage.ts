import type { KvKeyInfo } from '../../entry/entry.ts';
import { compareUtf8 } from '../../keys/utf8Order.ts';
import type { KvPage } from '../store.ts';
import type { RecentWrites } from './recentWrites.ts';

/** The range of keys that a page covers, which its own keys do not tell. */
export interface PageRange {
  readonly prefix: string;
  /** The last key before the page: `''` at the start, `undefined` if it is not known. */
  readonly after: string | undefined;
}

/** Applies the writes of the last minute to a page: removes deleted keys, and adds new ones within the page's range. */
export function mergePage(page: KvPage, { prefix, after }: PageRange, recent: RecentWrites): KvPage {
  const keys = page.keys.flatMap((info) => recent.resolveInfo(info.name, info) ?? []);
  const shown = new Set(page.keys.map(({ name }) => name));
  const first = after ?? page.keys[0]?.name;
  // If more pages follow, a page ends at its last key; later keys belong to the next page.
  const last = page.cursor === undefined ? undefined : page.keys.at(-1)?.name;
  const added: KvKeyInfo[] = [];
  if (first !== undefined && (page.cursor === undefined || last !== undefined)) {
    for (const key of recent.keys) {
      if (shown.has(key) || !key.startsWith(prefix)) continue;
      if (compareUtf8(key, first) <= 0 || (last !== undefined && compareUtf8(key, last) > 0)) continue;
      const info = recent.resolveInfo(key, undefined);
      if (info) added.push(info);
    }
  }
  if (added.length === 0 && keys.length === page.keys.length && keys.every((info, i) => info === page.keys[i]))
    return page;
  return { ...page, keys: [...keys, ...added].sort((a, b) => compareUtf8(a.name, b.name)) };
}
