import type { KvKeyInfo } from '../entry/entry.ts';
import { MAX_PAGE } from '../entry/limits.ts';
import { commonPrefix } from '../keys/commonPrefix.ts';
import { compareUtf8 } from '../keys/utf8Order.ts';
import { firstPage } from './firstPage.ts';
import type { KvReader } from './store.ts';

/**
 * Finds which of these keys a listing shows. If reads may be stale, a key that a read does not find may exist all the
 * same. Needs few requests if the keys, or groups of them, lie close together.
 */
export async function findListed(
  store: KvReader,
  keys: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, KvKeyInfo>> {
  const listed = new Map<string, KvKeyInfo>();
  const groups = [[...new Set(keys)].sort(compareUtf8)];
  for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
    const [first] = group;
    if (first === undefined) continue;
    const prefix = commonPrefix(first, group.at(-1) ?? first);
    // A key sorts before all other keys that begin with it.
    const limit = group.length === 1 ? 1 : MAX_PAGE;
    const page = await firstPage(store, { ...(prefix !== '' && { prefix }), limit }, signal);
    const wanted = new Set(group);
    for (const info of page.keys) if (wanted.has(info.name)) listed.set(info.name, info);
    if (page.cursor === undefined || group.length === 1) continue;
    const last = page.keys.at(-1)?.name ?? prefix;
    const rest = group.filter((key) => compareUtf8(key, last) > 0);
    groups.push(...Map.groupBy(rest, (key) => key.codePointAt(prefix.length)).values());
  }
  return listed;
}
