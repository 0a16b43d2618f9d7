import type { KvKeyInfo } from '../../src/core/entry/entry.ts';
import type { LifetimeClock } from '../../src/core/entry/lifetimeClock.ts';
import type { KvSource, KvStore } from '../../src/core/store/store.ts';
import { Level, type LevelHost } from '../../src/tree/level.ts';
import { GroupNode, KeyNode, NamespaceNode, SourceNode } from '../../src/tree/nodes.ts';

const source: KvSource = {
  id: 'local-0123456789abcdef',
  kind: 'local',
  label: 'shop',
  namespaces: async () => [],
  store: () => {
    throw new Error('This source has no stores');
  },
  problems: [],
  wranglerFlags: [],
  onDidChange: () => ({ dispose: () => {} }),
  dispose: () => {},
};

/** The row of a namespace whose keys come from `store`; `clock` is that of its source. */
export function namespaceNode(
  store: KvStore,
  delimiters: readonly string[] = [],
  clock?: LifetimeClock,
): NamespaceNode {
  const host: LevelHost = { store: async () => store, delimiters: () => delimiters };
  const namespace = { source: source.id, sourceKind: source.kind, id: 'kv', title: 'KV', bindings: [] };
  return new NamespaceNode(
    new SourceNode({ ...source, ...(clock && { clock }) }),
    namespace,
    (owner) => new Level(owner, host),
  );
}

export const keyNode = (parent: NamespaceNode, info: KvKeyInfo): KeyNode => new KeyNode(parent, info, info.name);

export const groupNode = (parent: NamespaceNode, prefix: string): GroupNode =>
  new GroupNode(parent, prefix, prefix, () => parent.level);
