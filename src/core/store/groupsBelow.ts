import { groupFinder, groupPrefixes } from '../keys/keyTree.ts';
import { cursorAfter } from './cursorAfter.ts';
import type { KvReader } from './store.ts';

const PAGE = 50;
/** The last possible characters, as many as a key has room for: after all keys of a group. */
const LAST = '\u{10FFFF}'.repeat(128);

interface Limits {
  readonly most: number;
  /** When to give up, in milliseconds. */
  readonly withinMs: number;
}

/**
 * The groups on the level below a prefix, and those that contain the prefix, read from a local store: the rest of a
 * group is skipped once its first key is found. `isPart` if there may be more.
 */
export async function groupsBelow(
  store: Pick<KvReader, 'list'>,
  prefix: string,
  delimiters: readonly string[],
  { most, withinMs }: Limits,
): Promise<{ readonly groups: readonly string[]; readonly isPart: boolean }> {
  const groupOf = groupFinder(prefix, delimiters);
  const groups = new Set<string>();
  const end = performance.now() + withinMs;
  let cursor: string | undefined;
  do {
    const page = await store.list({ prefix, limit: PAGE, ...(cursor !== undefined && { cursor }) });
    const last = page.keys.at(-1)?.name;
    if (groups.size === 0 && last !== undefined) {
      for (const group of groupPrefixes(last, delimiters)) if (group.length <= prefix.length) groups.add(group);
    }
    for (const { name } of page.keys) {
      const group = groupOf(name);
      if (group !== undefined) groups.add(group);
    }
    const group = last === undefined ? undefined : groupOf(last);
    const isSkipped = page.cursor !== undefined && group !== undefined && !isShared(group, delimiters);
    cursor = isSkipped ? cursorAfter(group + LAST) : page.cursor;
  } while (cursor !== undefined && groups.size < most && performance.now() < end);
  return { groups: [...groups].slice(0, most), isPart: cursor !== undefined || groups.size > most };
}

/** Whether keys of another group begin with this one: with `:` and `::`, the group `a::` begins with `a:`. */
const isShared = (group: string, delimiters: readonly string[]): boolean =>
  delimiters.some(
    (one) => one !== '' && group.endsWith(one) && delimiters.some((longer) => longer !== one && longer.startsWith(one)),
  );
