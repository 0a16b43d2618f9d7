import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { fullName } from '../../core/store/names.ts';
import { distinct, EVERYTHING, isEverything, type Selection } from '../../core/store/selection.ts';
import { selectionName } from '../../core/transfer/selectionName.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import type { Services } from '../../services.ts';
import { namespaceOf } from '../../tree/nodes.ts';
import { pickNamespace } from '../../ui/pickNamespace.ts';
import type { Call } from './command.ts';
import { rowsOf, type SelectedRow, selectionOf } from './selecting.ts';
import { askNamespace } from './targets.ts';

/*
 * Two namespaces, for what works between them.
 */

/** Throws `invalidInput` when both are the same: nothing can be compared or copied then. */
export function checkDifferent(one: NamespaceRef, other: NamespaceRef): void {
  if (one.source !== other.source || one.id !== other.id) return;
  throw new KvError('invalidInput', vscode.l10n.t('Choose two different namespaces.'));
}

/** Two namespaces and the keys that the work is about. */
export interface Pair {
  readonly first: NamespaceRef;
  readonly second: NamespaceRef;
  readonly selection: Selection;
}

/**
 * What the rows tell of a pair: their namespaces in the order of the selection, and the keys that groups, keys and
 * filters among the rows limit the work to. Throws `invalidInput` for rows of more than two namespaces.
 */
export function pairOf(
  rows: readonly SelectedRow[],
): Pick<Pair, 'selection'> & Partial<Record<'first' | 'second', NamespaceRef>> {
  const namespaces = [...new Set(rows.map(namespaceOf))];
  const [first, second, more] = namespaces;
  if (more) throw new KvError('invalidInput', vscode.l10n.t('Select rows of two namespaces at most.'));
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

/** The pair of the selected rows; what they do not tell is asked for. `undefined` when dismissed. */
export async function askPair(
  call: Call,
  services: Services,
  questions: { readonly first: string; readonly second: (first: string) => string },
): Promise<Pair | undefined> {
  const { selection, ...chosen } = pairOf(rowsOf(call));
  const first = chosen.first ?? (await askNamespace(call, services, questions.first));
  if (!first) return undefined;
  if (chosen.second) return { first, second: chosen.second, selection };
  const described = await services.sources.describe(first);
  const question = questions.second(selectionName(selection, fullName(described)));
  const picked = await pickNamespace(services.sources, services.memory, question, { except: first });
  return picked && { first, second: { source: picked.source, id: picked.id }, selection };
}
