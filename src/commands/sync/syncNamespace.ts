import * as vscode from 'vscode';
import { type Between, betweenOf, findUnfinished } from '../change/resuming.ts';
import { about } from '../invocation/command.ts';
import { fields, flagField, namespaceField, optional, textField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aPair } from '../invocation/targets.ts';
import { extraOf, type SyncOutcome, type SyncRequest, syncNamespaces } from './syncing.ts';
import { tellSynced } from './tellSynced.ts';

/** Makes one namespace equal to another. Shows the plan first. */
export const syncNamespace = defineCommand<SyncRequest, SyncOutcome>('syncNamespace', {
  progress: vscode.l10n.t('Comparing namespaces'),
  tellsHowFar: true,
  args: fields(
    {
      from: namespaceField,
      to: namespaceField,
      prefix: optional(textField),
      deleteExtra: optional(flagField),
      confirm: optional(flagField),
    },
    ({ from, to, prefix = '', deleteExtra = false, confirm = false }) => ({
      from,
      to,
      selection: { keys: [], prefixes: [prefix] },
      deleteExtra,
      confirmed: confirm,
      resume: 'unasked',
    }),
  ),
  asked: about(
    aPair({
      first: vscode.l10n.t('Copy from which namespace? It stays as it is.'),
      second: (first) => vscode.l10n.t('Copy {0} to which namespace? That one changes.', first),
      writes: true,
    }),
    ({ first, second, selection }) => askedFor({ from: first, to: second, selection }, 'unasked'),
    async (text, services) => {
      const left = await findUnfinished(text, services);
      return left && askedFor(betweenOf(left.args), 'retry');
    },
  ),
  run: syncNamespaces,
  tell: tellSynced,
});

const askedFor = ({ from, to, selection }: Between, resume: SyncRequest['resume']): SyncRequest => ({
  from,
  to,
  selection,
  deleteExtra: extraOf(selection),
  confirmed: false,
  resume,
});
