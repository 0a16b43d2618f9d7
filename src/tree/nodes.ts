import { type KvKeyInfo, presentMetadata } from '../core/entry/entry.ts';
import { metadataHint } from '../core/entry/metadataHint.ts';
import { parseJson } from '../core/entry/metadataJson.ts';
import type { NamespaceRef } from '../core/store/namespaceRef.ts';
import type { KvNamespace, KvSource, SourceProblem } from '../core/store/store.ts';
import type { Level } from './level.ts';

/** Marks rows. Not `instanceof`, because each lazy bundle has its own copy of the classes. */
const row: unique symbol = Symbol.for('cloudflareKv.row');

export class SourceNode {
  readonly [row] = true;
  readonly kind = 'source';
  readonly source: KvSource;
  constructor(source: KvSource) {
    this.source = source;
  }
}

/** A problem with one file of a source. It hides nothing else. */
export class ProblemNode {
  readonly [row] = true;
  readonly kind = 'problem';
  readonly parent: SourceNode;
  readonly problem: SourceProblem;
  constructor(parent: SourceNode, problem: SourceProblem) {
    this.parent = parent;
    this.problem = problem;
  }
}

export class NamespaceNode {
  readonly [row] = true;
  readonly kind = 'namespace';
  readonly parent: SourceNode;
  namespace: KvNamespace;
  level: Level;
  /** The prefix set with "Filter by Prefix"; empty if none. */
  filter = '';
  /** Its pinned prefixes, shown above its keys. */
  pinned: readonly GroupNode[] = [];
  constructor(parent: SourceNode, namespace: KvNamespace, makeLevel: (node: NamespaceNode) => Level) {
    this.parent = parent;
    this.namespace = namespace;
    this.level = makeLevel(this);
  }
  get ref(): NamespaceRef {
    return { source: this.namespace.source, id: this.namespace.id };
  }
}

/** Keys that share a prefix up to a delimiter. */
export class GroupNode {
  readonly [row] = true;
  readonly kind = 'group';
  readonly namespace: NamespaceNode;
  readonly parent: ParentNode;
  readonly prefix: string;
  readonly label: string;
  readonly level: Level;
  /** Whether this is the pinned copy, shown first in its namespace. */
  readonly atTop: boolean;
  constructor(parent: ParentNode, prefix: string, label: string, makeLevel: (node: GroupNode) => Level, atTop = false) {
    this.parent = parent;
    this.atTop = atTop;
    this.namespace = parent.kind === 'namespace' ? parent : parent.namespace;
    this.prefix = prefix;
    this.label = label;
    this.level = makeLevel(this);
  }
}

export class KeyNode {
  readonly [row] = true;
  readonly kind = 'key';
  readonly namespace: NamespaceNode;
  readonly parent: ParentNode;
  readonly key: string;
  readonly label: string;
  /** Unix seconds. */
  expiration: number | undefined;
  /** As JSON; empty if none. */
  #metadata: string;
  constructor(parent: ParentNode, info: KvKeyInfo, label: string) {
    this.parent = parent;
    this.namespace = parent.kind === 'namespace' ? parent : parent.namespace;
    this.key = info.name;
    this.label = label;
    this.expiration = info.expiration;
    this.#metadata = textOf(info);
  }
  /** Returns whether the text of the row has changed. */
  update(info: KvKeyInfo): boolean {
    const { expiration, hint } = this;
    this.expiration = info.expiration;
    this.#metadata = textOf(info);
    return expiration !== this.expiration || hint !== this.hint;
  }

  /** The beginning of the metadata as JSON; empty if none. */
  get hint(): string {
    return metadataHint(this.#metadata);
  }

  /** What the listing said about the key. */
  get info(): KvKeyInfo {
    return {
      name: this.key,
      ...(this.#metadata !== '' && { metadata: parseJson(this.#metadata) }),
      ...(this.expiration !== undefined && { expiration: this.expiration }),
    };
  }
}

/** "Load More" or "Load All" at the end of a level. */
export class MoreNode {
  readonly [row] = true;
  readonly kind = 'more';
  readonly parent: ParentNode;
  readonly all: boolean;
  constructor(parent: ParentNode, all: boolean) {
    this.parent = parent;
    this.all = all;
  }
}

/** A sentence shown instead of rows: there are none, why they could not be read, or where they are. */
export class NoteNode {
  readonly [row] = true;
  readonly kind = 'note';
  readonly parent: SourceNode | ParentNode;
  readonly note: 'empty' | 'noNamespaces' | 'error' | 'signedOut' | 'tooMany' | 'elsewhere';
  readonly message: string;
  constructor(parent: SourceNode | ParentNode, note: NoteNode['note'], message: string) {
    this.parent = parent;
    this.note = note;
    this.message = message;
  }
}

/** A row that can have keys below it. */
export type ParentNode = NamespaceNode | GroupNode;
export type RowNode = GroupNode | KeyNode;
export type TreeNode = SourceNode | ProblemNode | ParentNode | KeyNode | MoreNode | NoteNode;

/** Whether an argument of a command is one of our rows. */
export const isTreeNode = (value: unknown): value is TreeNode =>
  typeof value === 'object' && value !== null && row in value;

/** The namespace that a row belongs to. */
export function namespaceOf(node: TreeNode): NamespaceNode | undefined {
  switch (node.kind) {
    case 'namespace':
      return node;
    case 'group':
    case 'key':
      return node.namespace;
    case 'more':
    case 'note':
      return node.parent.kind === 'source' ? undefined : namespaceOf(node.parent);
    case 'source':
    case 'problem':
      return undefined;
  }
}

/** The prefix of a row: the filter of a namespace, or the prefix of a group. */
export const prefixOf = (node: ParentNode): string => (node.kind === 'namespace' ? node.filter : node.prefix);

function textOf({ metadata }: KvKeyInfo): string {
  const present = presentMetadata(metadata);
  return present === undefined ? '' : JSON.stringify(present);
}
