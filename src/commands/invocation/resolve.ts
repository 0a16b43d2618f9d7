import * as l10n from '@vscode/l10n';
import { KvError } from '../../core/base/errors.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { distinct, EVERYTHING, isEverything, type Selection } from '../../core/store/selection.ts';
import {
  type GroupNode,
  type KeyNode,
  type NamespaceNode,
  namespaceOf,
  type ParentNode,
  prefixOf,
  type TreeNode,
} from '../../tree/nodes.ts';
import type { Call, KeyTarget } from './call.ts';

/*
 * What a call is about, as far as the call itself says; nothing is asked here. A command about one thing takes the
 * clicked row, whatever is selected. A command about many things takes the selection if the clicked row is part of it.
 */

/** Whether the call is a key press. It acts on its row or does nothing; it never asks which row was meant. */
export const isKeyPress = (call: Call): boolean => call.from === 'row' && call.clicked === undefined;

/** The one row of the call. `undefined` for a key press on several rows. */
export function rowOf(call: Call): TreeNode | undefined {
  if (call.from !== 'row') return undefined;
  const [only, ...others] = call.selected;
  return call.clicked ?? (others.length === 0 ? only : undefined);
}

/** Every row of the call, in the order of the selection. */
export function rowsOf(call: Call): readonly TreeNode[] {
  if (call.from !== 'row') return [];
  const { clicked, selected } = call;
  return clicked === undefined || selected.includes(clicked) ? selected : [clicked];
}

/** A row that stands for keys. */
export type SelectedRow = ParentNode | KeyNode;

const isSelectedRow = (row: TreeNode): row is SelectedRow =>
  row.kind === 'namespace' || row.kind === 'group' || row.kind === 'key';

export const selectedRowsOf = (call: Call): readonly SelectedRow[] => rowsOf(call).filter(isSelectedRow);

/** The key of the row or document. */
export function keyOfCall(call: Call): KeyTarget | undefined {
  if (call.from === 'document') return call.shown;
  const row = rowOf(call);
  return row?.kind === 'key' ? { namespace: row.namespace.ref, key: row.key } : undefined;
}

/** A place that has keys: a namespace, or a group in one. */
export interface ParentTarget {
  readonly namespace: NamespaceRef;
  /** The prefix of its keys; empty for all. */
  readonly prefix: string;
}

/** The place of the row or document. */
export function placeOfCall(call: Call): ParentTarget | undefined {
  if (call.from === 'document') return call.shown && { namespace: call.shown.namespace, prefix: '' };
  const row = rowOf(call);
  return row && placeOfRow(row);
}

/** Where a new key would go, beside or below this row. */
function placeOfRow(row: TreeNode): ParentTarget | undefined {
  const namespace = namespaceOf(row);
  const parent = parentOf(row);
  return namespace && { namespace: namespace.ref, prefix: parent ? prefixOf(parent) : '' };
}

/** The namespace or group that the row is, or is in. */
export function parentOf(row: TreeNode): ParentNode | undefined {
  switch (row.kind) {
    case 'namespace':
    case 'group':
      return row;
    case 'key':
    case 'more':
    case 'note':
      return row.parent.kind === 'source' ? undefined : row.parent;
    case 'source':
    case 'problem':
      return undefined;
  }
}

/**
 * The namespace, but only if the call's row is its own. What affects a whole namespace never follows from a key in it
 * or from an open value.
 */
export function wholeNamespaceOf(call: Call): NamespaceRef | undefined {
  const row = rowOf(call);
  return row?.kind === 'namespace' ? row.ref : undefined;
}

/** Keys of one namespace. */
export interface Selected {
  readonly namespace: NamespaceRef;
  readonly selection: Selection;
}

/** The keys of the selected rows, or of the document. Throws `invalidInput` if they are in several namespaces. */
export const keysOfCall = (call: Call): Selected | undefined => selectedAmong(call, (row) => row.kind === 'key');

/** The same, plus all keys of selected groups. */
export const keysAndGroupsOfCall = (call: Call): Selected | undefined =>
  selectedAmong(call, (row) => row.kind === 'key' || row.kind === 'group');

/** The same, plus all keys of selected namespaces. If a namespace is filtered, only keys that pass its filter. */
export const selectedOfCall = (call: Call): Selected | undefined => selectedAmong(call, () => true);

function selectedAmong(call: Call, isMeant: (row: SelectedRow) => boolean): Selected | undefined {
  if (call.from === 'document') {
    return call.shown && { namespace: call.shown.namespace, selection: { keys: [call.shown.key], prefixes: [] } };
  }
  const rows = selectedRowsOf(call).filter(isMeant);
  const namespaces = new Set(rows.map(namespaceOf));
  if (namespaces.size > 1) throw ofSeveralNamespaces();
  const [namespace] = namespaces;
  return namespace && { namespace: namespace.ref, selection: selectionOf(rows) };
}

const ofSeveralNamespaces = (): KvError =>
  new KvError('invalidInput', l10n.t('Select keys of one namespace at a time.'));

/** The selection that rows of one namespace stand for. */
export const selectionOf = (rows: readonly SelectedRow[]): Selection =>
  distinct({
    keys: rows.flatMap((row) => (row.kind === 'key' ? row.key : [])),
    prefixes: rows.flatMap((row) => (row.kind === 'key' ? [] : prefixOf(row))),
  });

/**
 * What the rows say about a pair: their namespaces in the order of the selection, and the keys to which groups, keys
 * and filters limit the work. Throws `invalidInput` for rows of more than two namespaces.
 */
export function pairOf(
  rows: readonly SelectedRow[],
): { readonly selection: Selection } & Partial<Record<'first' | 'second', NamespaceRef>> {
  const namespaces: readonly (NamespaceNode | undefined)[] = [...new Set(rows.map(namespaceOf))];
  const [first, second, more] = namespaces;
  if (more) throw new KvError('invalidInput', l10n.t('Select rows of two namespaces at most.'));
  const parts = namespaces
    .map((namespace) => selectionOf(rows.filter((row) => namespaceOf(row) === namespace)))
    .filter((part) => !isEverything(part));
  const limits = { keys: parts.flatMap(({ keys }) => keys), prefixes: parts.flatMap(({ prefixes }) => prefixes) };
  return {
    ...(first && { first: first.ref }),
    ...(second && { second: second.ref }),
    selection: parts.length === 0 ? EVERYTHING : distinct(limits),
  };
}

/**
 * The row to focus once these are gone: the next one that stays at the same level, else the one before, else their
 * parent.
 */
export function neighbourOf(rows: readonly (KeyNode | GroupNode)[]): TreeNode | undefined {
  const [first] = rows;
  if (!first) return undefined;
  const { parent } = first;
  return neighbourAmong(parent.level.rows, rows) ?? parent;
}

/** The same among the rows of one level; `undefined` if none of them stays. */
export function neighbourAmong<T extends TreeNode>(siblings: readonly T[], rows: readonly T[]): T | undefined {
  const at = Math.max(...rows.map((row) => siblings.indexOf(row)), 0);
  const stays = (row: T): boolean => !rows.includes(row);
  return siblings.slice(at + 1).find(stays) ?? siblings.slice(0, at).findLast(stays);
}
