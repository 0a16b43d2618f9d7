import * as vscode from 'vscode';
import type { SourceKind } from '../core/store.ts';
import type { NamespaceRef } from '../fs/kvUri.ts';
import { namespaceArg, optionalFlag, optionalText } from './arguments.ts';
import { askCounterpart } from './askCounterpart.ts';
import type { AnyCommand } from './command.ts';
import { defineCommand } from './invoke.ts';
import { type SyncOutcome, type SyncRequest, syncNamespaces, tellSynced } from './syncing.ts';
import { askNamespace } from './targets.ts';

interface OneWay {
  /** The side of the counterpart. */
  readonly other: SourceKind;
  /** Whether the counterpart is what changes. */
  readonly writesOther: boolean;
  readonly question: string;
}

/** A sync with the namespace that stands for the same binding on the other side; it takes one namespace only. */
const withCounterpart = (name: string, { other, writesOther, question }: OneWay): AnyCommand => {
  const request = (namespace: NamespaceRef, counterpart: NamespaceRef) =>
    writesOther ? { from: namespace, to: counterpart } : { from: counterpart, to: namespace };
  return defineCommand<Omit<SyncRequest, 'from' | 'to'> & { readonly namespace: NamespaceRef }, SyncOutcome & Ends>(
    name,
    {
      progress: vscode.l10n.t('Comparing namespaces'),
      parse: (input) => ({
        namespace: namespaceArg(input),
        prefix: optionalText(input, 'prefix'),
        deleteExtra: optionalFlag(input, 'deleteExtra') === true,
        confirmed: optionalFlag(input, 'confirm') === true,
      }),
      async ask(call, services) {
        const namespace = await askNamespace(call, services, question);
        return namespace && { namespace, deleteExtra: 'ask', confirmed: false };
      },
      async run({ namespace, ...rest }, run) {
        const counterpart = await run.waitFor(askCounterpart(namespace, other, run.services));
        if (!counterpart) return undefined;
        const ends = request(namespace, counterpart);
        const outcome = await syncNamespaces({ ...rest, ...ends }, run);
        return outcome && { ...outcome, ...ends };
      },
      tell: (outcome, { namespace: _, ...rest }, services) => tellSynced(outcome, { ...rest, ...outcome }, services),
    },
  );
};

/** The two sides that a sync was between. */
type Ends = Pick<SyncRequest, 'from' | 'to'>;

/** From a namespace of an account to the local one of its binding. */
export const copyToLocal = withCounterpart('copyToLocal', {
  ...{ other: 'local', writesOther: true },
  question: vscode.l10n.t('Copy which namespace of an account to its local one? The local one changes.'),
});

/** Into a local namespace, from the account. */
export const pull = withCounterpart('pull', {
  ...{ other: 'remote', writesOther: false },
  question: vscode.l10n.t('Pull into which local namespace? It changes.'),
});

/** From a local namespace to the account. */
export const push = withCounterpart('push', {
  ...{ other: 'remote', writesOther: true },
  question: vscode.l10n.t('Push which local namespace to its account? The one in the account changes.'),
});
