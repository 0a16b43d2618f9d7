import * as vscode from 'vscode';
import type { JournalInfo } from '../../core/change/journal/journalInfo.ts';
import type { TracedLine } from '../../core/change/journal/reading.ts';
import { formatInstant } from '../../core/entry/expiration.ts';
import { byteSize, keyCount, shortText } from '../../core/store/names.ts';
import { oneLine } from '../../core/text/oneLine.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { valueUri } from '../../fs/kvUri.ts';
import { CALLED_BY_MESSAGE, commandId, resultsLanguage } from '../../ids.ts';
import type { Services } from '../../services.ts';
import type { ReportLine } from '../../ui/reports.ts';
import { only } from '../invocation/command.ts';
import { noFields } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';
import { type ChangeItem, changesHere, itemOf } from './listChanges.ts';

/** The public part of a change. */
type Change = Pick<
  JournalInfo,
  'id' | 'at' | 'kind' | 'label' | 'source' | 'namespace' | 'keys' | 'uncertain' | 'state'
>;

/**
 * Lists the changes made on this machine in the last days: uncertain ones first, then newest first, each with its undo.
 * With an argument object, resolves to the list.
 */
export const showChanges = defineCommand<object, readonly Change[]>('showChanges', {
  args: noFields,
  asked: only(nothing),
  async run(_, { services, isInteractive, endProgress }) {
    const changes = inOrder(await changesHere(services, 'withRunning'));
    if (isInteractive) {
      endProgress();
      await pick(changes, services);
    }
    return changes.map(({ id, at, kind, label, source, namespace, keys, uncertain, state }) => ({
      id,
      at,
      kind,
      label,
      source,
      namespace,
      keys,
      uncertain,
      state,
    }));
  },
});

const inOrder = (changes: readonly JournalInfo[]): readonly JournalInfo[] => [
  ...changes.filter(({ uncertain }) => uncertain > 0),
  ...changes.filter(({ uncertain }) => uncertain === 0),
];

async function pick(changes: readonly JournalInfo[], services: Services): Promise<void> {
  if (changes.length === 0) {
    const nothing = vscode.l10n.t('No change of what is open here is kept.');
    await vscode.window.showInformationMessage(withoutLinks(nothing));
    return;
  }
  const undo: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('discard'), tooltip: vscode.l10n.t('Undo') };
  const list = vscode.window.createQuickPick<ChangeItem>();
  list.title = vscode.l10n.t('Changes of the Last Days');
  list.placeholder = vscode.l10n.t('Choose a change to see its keys');
  list.matchOnDescription = true;
  list.items = (await Promise.all(changes.map((change) => itemOf(change, services)))).map((item) =>
    item.change.state === 'running' ? item : { ...item, buttons: [undo] },
  );
  const chosen = await new Promise<{ readonly change: JournalInfo; readonly undoes: boolean } | undefined>(
    (resolve) => {
      list.onDidAccept(() => {
        const [item] = list.selectedItems;
        resolve(item && { change: item.change, undoes: false });
      });
      list.onDidTriggerItemButton(({ item }) => resolve({ change: item.change, undoes: true }));
      list.onDidHide(() => resolve(undefined));
      list.show();
    },
  );
  list.dispose();
  if (chosen?.undoes) await undoChange(chosen.change);
  else if (chosen) await showKeys(chosen.change, services);
}

const undoChange = (change: JournalInfo): Thenable<unknown> =>
  vscode.commands.executeCommand(commandId('undo'), CALLED_BY_MESSAGE, change.id);

/** The most keys that are listed; nobody reads a longer document. */
const MOST_KEYS = 2000;

/** Shows the keys of a change before and after it as a document, and offers to undo it. */
async function showKeys(change: JournalInfo, services: Services): Promise<void> {
  const lines: ReportLine[] = [];
  for await (const line of services.journals.lines(change.id)) {
    if (lines.length < MOST_KEYS) lines.push(lineOf(line, change));
    else break;
  }
  const title = vscode.l10n.t('Change {0}', change.label);
  const heading = `${change.label} · ${formatInstant(Math.floor(change.at / 1000))} · ${keyCount(change.keys)}`;
  const more = Math.max(0, change.keys - lines.length);
  await services.reports.open(oneLine(title), resultsLanguage, heading, [change.source], { lines, more });
  const undo = vscode.l10n.t('Undo');
  const answer = await vscode.window.showInformationMessage(withoutLinks(`${change.label}.`), undo);
  if (answer === undo) await undoChange(change);
}

function lineOf({ key, before, after, isWritten }: TracedLine, { source, namespace }: JournalInfo): ReportLine {
  const name = oneLine(shortText(key));
  const was = before ? beforeText(before.value) : vscode.l10n.t('did not exist');
  const state = stateText(after, isWritten);
  return {
    text: `${name}: ${was} → ${state}`,
    link: { start: 0, length: name.length, target: valueUri({ source, id: namespace }, key) },
  };
}

function stateText(after: string | undefined, isWritten: TracedLine['isWritten']): string {
  if (isWritten === 'no') return vscode.l10n.t('left alone');
  const became = after === undefined ? vscode.l10n.t('deleted') : vscode.l10n.t('written');
  return isWritten === 'maybe' ? vscode.l10n.t('{0}, which is not certain', became) : became;
}

/** The most characters of a value that are shown. */
const SHOWN = 60;

function beforeText(value: Uint8Array): string {
  const text = Buffer.from(value.subarray(0, SHOWN * 4)).toString('utf8');
  const shown = text.includes('\ufffd') ? '' : oneLine([...text].slice(0, SHOWN).join(''));
  const more = value.length > Buffer.byteLength(shown) ? '…' : '';
  return shown === '' ? byteSize(value.length) : `“${shown}${more}” (${byteSize(value.length)})`;
}
