import * as vscode from 'vscode';
import { KvError } from '../core/errors.ts';
import { fullName } from '../core/names.ts';
import type { NamespaceRef } from '../fs/kvUri.ts';
import type { Services } from '../services.ts';
import { namespaceOf } from '../tree/nodes.ts';
import { pickNamespace } from '../ui/pickNamespace.ts';
import type { Call } from './command.ts';
import { askNamespace } from './targets.ts';

/*
 * Two namespaces, for what works between them.
 */

/** Throws `invalidInput` when both are the same: nothing can be compared or copied then. */
export function checkDifferent(one: NamespaceRef, other: NamespaceRef): void {
  if (one.source !== other.source || one.id !== other.id) return;
  throw new KvError('invalidInput', vscode.l10n.t('Choose two different namespaces.'));
}

/** Two selected rows in the order of the selection, else one that is selected or asked for and one asked for. */
export async function askPair(
  call: Call,
  services: Services,
  questions: { readonly first: string; readonly second: (first: string) => string },
): Promise<readonly [NamespaceRef, NamespaceRef] | undefined> {
  const [one, other] = [...new Set(call.nodes.flatMap((node) => namespaceOf(node) ?? []))];
  if (one && other) return [one.ref, other.ref];
  const first = await askNamespace(call, services, questions.first);
  if (!first) return undefined;
  const described = await services.sources.describe(first);
  const second = await pickNamespace(services.sources, services.memory, questions.second(fullName(described)), {
    except: first,
  });
  return second && [first, { source: second.source, id: second.id }];
}
