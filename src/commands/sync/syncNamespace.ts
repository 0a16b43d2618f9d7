import * as vscode from 'vscode';
import { betweenOf, findUnfinished } from '../change/resuming.ts';
import { namespaceArg, optionalFlag, optionalText } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askPair } from '../invocation/pairs.ts';
import { extraOf, type SyncOutcome, type SyncRequest, syncNamespaces } from './syncing.ts';
import { tellSynced } from './tellSynced.ts';

/** Makes one namespace have what another one has; the plan is shown first. */
export const syncNamespace = defineCommand<SyncRequest, SyncOutcome>('syncNamespace', {
  progress: vscode.l10n.t('Comparing namespaces'),
  parse: (input) => ({
    from: namespaceArg(input, 'from'),
    to: namespaceArg(input, 'to'),
    selection: { keys: [], prefixes: [optionalText(input, 'prefix') ?? ''] },
    deleteExtra: optionalFlag(input, 'deleteExtra') === true,
    confirmed: optionalFlag(input, 'confirm') === true,
  }),
  async ask(call, services) {
    const left = await findUnfinished(call.text, services);
    if (left) {
      const between = betweenOf(left.args);
      return { ...between, deleteExtra: extraOf(between.selection), confirmed: false };
    }
    const pair = await askPair(call, services, {
      first: vscode.l10n.t('Copy from which namespace? It stays as it is.'),
      second: (first) => vscode.l10n.t('Copy {0} to which namespace? That one changes.', first),
    });
    if (!pair) return undefined;
    const { first: from, second: to, selection } = pair;
    return { from, to, selection, deleteExtra: extraOf(selection), confirmed: false };
  },
  run: syncNamespaces,
  tell: tellSynced,
});
