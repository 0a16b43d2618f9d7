import type { RegistryChange } from '../core/store/sourceRegistry.ts';
import type { KvWrite } from '../core/store/store.ts';
import type { Level } from './level.ts';
import type { GroupNode, KeyNode, NamespaceNode, ParentNode } from './nodes.ts';

/** More new keys than this are listed instead of being put in their places one by one. */
const MOST_INSERTED = 100;

/** The least that shows these changes in the rows of a namespace: nothing is asked of the store that is known. */
export async function refreshAfter(node: NamespaceNode, changes: readonly RegistryChange[]): Promise<void> {
  const { ref } = node;
  const own = changes.filter(
    ({ source, namespace }) =>
      (source === undefined || source === ref.source) && (namespace === undefined || namespace === ref.id),
  );
  const telling = own.filter(({ only }) => only !== 'names');
  const levels = [node.level, ...node.pinned.map((group) => group.level)];
  if (telling.every(({ wrote }) => wrote !== undefined)) {
    const writes = telling.flatMap(({ wrote }) => wrote ?? []);
    await Promise.all([...showWrites(node, writes)].map((level) => level.refresh({ groups: false })));
  } else if (telling.every(({ only }) => only === 'unread')) {
    await Promise.all(
      levels.flatMap((level) => [...unreadBelow(level)]).map((level) => level.refresh({ groups: false })),
    );
  } else {
    await refreshRows(node);
  }
}

/** Shows in the rows what our own writes made of them; gives the levels that must be read for it. */
function showWrites({ level, pinned }: NamespaceNode, writes: readonly KvWrite[]): ReadonlySet<Level> {
  if (!level.isRead) return new Set();
  const tops = [level, ...pinned.map((group) => group.level)];
  const last = new Map(writes.map((write) => [write.name, write]));
  const unread = new Set<Level>();
  for (const top of tops) {
    const rows = [...keysBelow(top)].filter(({ key }) => last.has(key));
    const added = new Map(last);
    for (const row of rows) {
      const write = last.get(row.key);
      if (write?.isDeleted) remove(row);
      else if (write) row.update(write);
      added.delete(row.key);
    }
    for (const write of added.values()) {
      const place = write.isDeleted ? undefined : top.levelFor(write.name);
      if (place && (added.size > MOST_INSERTED || !place.insert(write))) unread.add(place);
    }
  }
  return unread;
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

/** Takes a row out, and the groups that are empty without it; returns the parent whose rows changed. */
export function remove(row: GroupNode | KeyNode): ParentNode {
  const { parent } = row;
  parent.level.remove(row);
  const empty = parent.kind === 'group' && !parent.atTop && parent.level.rows.length === 0 && !parent.level.hasMore;
  return empty ? remove(parent) : parent;
}

/** Reads again whatever was read of a namespace. */
export const refreshRows = async (node: NamespaceNode): Promise<void> => {
  await Promise.all([node.level.refresh(), ...node.pinned.map((group) => group.level.refresh())]);
};
