import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { type Asker, only } from '../invocation/command.ts';
import { fields, flagField, namespaceField, optional } from '../invocation/fields.ts';
import { aWholeNamespace } from '../invocation/targets.ts';

/** A whole namespace that will be deleted or emptied. */
export interface WholeNamespace {
  readonly namespace: NamespaceRef;
  readonly confirm?: boolean | undefined;
}

export const wholeNamespaceArgs = fields({ namespace: namespaceField, confirm: optional(flagField) });

export const askWholeNamespace = (question: string): Asker<WholeNamespace> =>
  only(aWholeNamespace({ question, writes: true }));
