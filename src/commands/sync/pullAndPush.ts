import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { fullName } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { SourceKind } from '../../core/store/store.ts';
import { type AnyCommand, about } from '../invocation/command.ts';
import { fields, flagField, optional, selectedOf, selectionFields } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import type { Selected } from '../invocation/resolve.ts';
import { aSelection } from '../invocation/targets.ts';
import { askCounterpart } from './askCounterpart.ts';
import { extraOf, type SyncOutcome, type SyncRequest, syncNamespaces } from './syncing.ts';
import { tellSynced } from './tellSynced.ts';

interface OneWay {
  /** The side on which the command is called. */
  readonly own: SourceKind;
  /** Whether the namespace on the other side is the one that changes. */
  readonly writesOther: boolean;
  readonly question: string;
}

interface WithCounterpart extends Selected, Pick<SyncRequest, 'deleteExtra' | 'confirmed'> {}

/** Syncs all or some keys of a namespace with its counterpart: the namespace of the same binding on the other side. */
const withCounterpart = (name: string, { own, writesOther, question }: OneWay): AnyCommand => {
  const other = own === 'local' ? 'remote' : 'local';
  const request = (namespace: NamespaceRef, counterpart: NamespaceRef) =>
    writesOther ? { from: namespace, to: counterpart } : { from: counterpart, to: namespace };
  return defineCommand<WithCounterpart, SyncOutcome & FromTo>(name, {
    progress: vscode.l10n.t('Comparing namespaces'),
    tellsHowFar: true,
    args: fields(
      { ...selectionFields, deleteExtra: optional(flagField), confirm: optional(flagField) },
      ({ deleteExtra = false, confirm = false, ...given }) => ({
        ...selectedOf(given),
        deleteExtra,
        confirmed: confirm,
      }),
    ),
    asked: about(aSelection({ question, side: own, writes: !writesOther }), ({ namespace, selection }) => ({
      namespace,
      selection,
      deleteExtra: extraOf(selection),
      confirmed: false,
    })),
    async run({ namespace, selection, deleteExtra, confirmed }, run) {
      const described = await run.services.sources.describe(namespace);
      if (described.source.kind !== own) throw wrongSide(fullName(described), own);
      const counterpart = await run.waitFor(askCounterpart(namespace, other, run.services, run.isInteractive));
      if (!counterpart) return undefined;
      const fromTo = request(namespace, counterpart);
      const outcome = await syncNamespaces({ ...fromTo, selection, deleteExtra, confirmed, resume: 'unasked' }, run);
      return outcome && { ...outcome, ...fromTo };
    },
    tell: (outcome, { selection }, services) => tellSynced(outcome, { ...outcome, selection }, services),
  });
};

/** The two sides of a sync. */
type FromTo = Pick<SyncRequest, 'from' | 'to'>;

const wrongSide = (name: string, wanted: SourceKind): KvError =>
  new KvError(
    'invalidInput',
    wanted === 'remote'
      ? vscode.l10n.t('{0} is local. Choose a namespace of an account.', name)
      : vscode.l10n.t('{0} belongs to an account. Choose a local namespace.', name),
  );

/** Copies a namespace, groups or single keys of an account to the local namespace of the same binding. */
export const copyToLocal = withCounterpart('copyToLocal', {
  own: 'remote',
  writesOther: true,
  question: vscode.l10n.t('Copy which namespace of an account to its local one? The local one changes.'),
});

/** Copies from the account into a local namespace. */
export const pull = withCounterpart('pull', {
  own: 'local',
  writesOther: false,
  question: vscode.l10n.t('Pull into which local namespace? It changes.'),
});

/** Copies from a local namespace to the account. */
export const push = withCounterpart('push', {
  own: 'local',
  writesOther: true,
  question: vscode.l10n.t('Push which local namespace to its account? The one in the account changes.'),
});
