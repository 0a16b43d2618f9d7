import type { RegistryChange } from '../core/store/sourceRegistry.ts';
import type { KvWrite } from '../core/store/store.ts';
import { type Level, type Refreshed, together } from './level.ts';
import type { GroupNode, KeyNode, NamespaceNode, ParentNode } from './nodes.ts';
import { removeRows } from './removeRows.ts';

/** The most new keys that are inserted one by one. With more, the level is listed again. */
const MOST_INSERTED = 100;

/** Does the least that shows these changes in the rows of a namespace: does not ask the store for what is known. */
export async function refreshAfter(node: NamespaceNode, changes: readonly RegistryChange[]): Promise<Refreshed> {
  const { ref } = node;
  const own = changes.filter(
    ({ source, namespace }) =>
      (source === undefined || source === ref.source) && (namespace === undefined || namespace === ref.id),
  );
  const telling = own.filter(({ only }) => only !== 'names');
  if (telling.every(({ wrote }) => wrote !== undefined)) {
    const { shown, unread, doubtful } = showWrites(
      node,
      telling.flatMap(({ wrote }) => wrote ?? []),
    );
    return together([shown, await refreshAlone(unread), await withoutEmpty(doubtful)]);
  }
  if (telling.every(({ only }) => only === 'unread')) {
    return refreshAlone(levelsOf(node).flatMap((level) => [...unreadBelow(level)]));
  }
  return refreshRows(node);
}

/**
 * Shows our own writes in the rows. Returns the levels that must be read again, and never-opened groups that may be
 * empty now.
 */
function showWrites({ level, pinned }: NamespaceNode, writes: readonly KvWrite[]) {
  const last = new Map(writes.map((write) => [write.name, write]));
  const parents = new Set<ParentNode>();
  const updated: KeyNode[] = [];
  const unread = new Set<Level>();
  const doubtful = new Set<GroupNode>();
  for (const top of [level, ...pinned.map((group) => group.level)]) {
    const rows = [...keysBelow(top)].filter(({ key }) => last.has(key));
    const added = new Map(last);
    const gone: KeyNode[] = [];
    for (const row of rows) {
      const write = last.get(row.key);
      if (write?.isDeleted) gone.push(row);
      else if (write && row.update(write)) updated.push(row);
      added.delete(row.key);
    }
    for (const parent of removeRows(gone)) parents.add(parent);
    for (const write of added.values()) {
      if (write.isDeleted) {
        const group = unopenedGroupOf(write.name, top);
        if (group) doubtful.add(group);
        continue;
      }
      const place = top.levelFor(write.name);
      if (!place) continue;
      const before = place.rows;
      if (added.size > MOST_INSERTED || !place.insert(write)) unread.add(place);
      else if (place.rows !== before) parents.add(place.owner);
    }
    for (const reading of top.noteWritten(last)) unread.add(reading);
  }
  return { shown: { parents: [...parents], rows: updated }, unread, doubtful };
}

/** The innermost group row of a key, if the group's own keys were never read. */
function unopenedGroupOf(key: string, level: Level): GroupNode | undefined {
  const row = level.rowOf(key);
  if (row?.kind !== 'group') return undefined;
  return row.level.isRead ? unopenedGroupOf(key, row.level) : row;
}

/**
 * Removes groups that have no keys left. Reads a single group itself; for several, reads the levels that contain them.
 */
async function withoutEmpty(groups: ReadonlySet<GroupNode>): Promise<Refreshed> {
  const [group] = groups;
  if (group === undefined || groups.size > 1)
    return refreshAlone(new Set([...groups].map(({ parent }) => parent.level)));
  await group.level.first();
  const { rows, hasMore, error } = group.level;
  const isEmpty = rows.length === 0 && !hasMore && error === undefined;
  return { parents: isEmpty ? [...removeRows([group])] : [], rows: [] };
}

/** The levels whose last reading failed. */
function* unreadBelow(level: Level): Iterable<Level> {
  if (level.error) yield level;
  for (const row of level.rows) if (row.kind === 'group') yield* unreadBelow(row.level);
}

function* keysBelow(level: Level): Iterable<KeyNode> {
  for (const row of level.rows) {
    if (row.kind === 'group') yield* keysBelow(row.level);
    else yield row;
  }
}

/** Reads levels again, but not the groups below them. */
const refreshAlone = async (levels: Iterable<Level>): Promise<Refreshed> =>
  together(await Promise.all([...levels].map((level) => level.refresh({ groups: false }))));

/** Reads again everything that was read of a group, or of a namespace and its pinned groups. */
export const refreshRows = async (node: ParentNode): Promise<Refreshed> =>
  together(await Promise.all(levelsOf(node).map((level) => level.refresh())));

const levelsOf = (node: ParentNode): readonly Level[] =>
  node.kind === 'namespace' ? [node.level, ...node.pinned.map((group) => group.level)] : [node.level];
