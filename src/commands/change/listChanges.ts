import * as vscode from 'vscode';
import type { JournalInfo } from '../../core/change/journal/journalInfo.ts';
import { fullName, keyCount, shortText, someKeys } from '../../core/store/names.ts';
import type { Services } from '../../services.ts';

/** The changes of the sources in this window, newest first. */
export async function changesHere(
  services: Services,
  which: 'ended' | 'withRunning' = 'ended',
): Promise<readonly JournalInfo[]> {
  return await onlyHere(await services.journals.list(), services, which);
}

/** All of them, with the running ones. Rejects with `server` while one cannot be read: it may be the newest. */
export async function allChangesHere(services: Services): Promise<readonly JournalInfo[]> {
  return await onlyHere(await services.journals.completeList(), services, 'withRunning');
}

async function onlyHere(
  changes: readonly JournalInfo[],
  { sources }: Services,
  which: 'ended' | 'withRunning',
): Promise<readonly JournalInfo[]> {
  await sources.ready();
  const here = new Set(sources.sources.map(({ id }) => id));
  return changes.filter(
    ({ source, state, keys }) => here.has(source) && (state === 'running' ? which === 'withRunning' : keys > 0),
  );
}

export interface ChangeItem extends vscode.QuickPickItem {
  readonly change: JournalInfo;
}

/** "Deleted 3 keys from SESSIONS (local, shop)", with its time, its keys and remarks. */
export async function itemOf(change: JournalInfo, { sources }: Services): Promise<ChangeItem> {
  const { source, namespace, label, at, names, keys } = change;
  const where = fullName(await sources.describe({ source, id: namespace }));
  const remarks = [
    agoText(at, Date.now()),
    label.includes(where) ? '' : where,
    names.length > 0 ? '' : keyCount(keys),
    stateText(change),
  ].filter((part) => part !== '');
  return {
    // The rest goes into a line of its own, because a long label would leave no room beside it.
    label: `${iconOf(change)} ${label}`,
    detail: [...remarks, ...keysText(change)].join(' · '),
    change,
  };
}

/** The keys, unless the label names them. */
const keysText = ({ label, names }: JournalInfo): readonly string[] =>
  names.length > 1 && !names.every((name) => label.includes(shortText(name))) ? [someKeys(names)] : [];

export async function pickChange(
  changes: readonly JournalInfo[],
  services: Services,
  placeHolder: string,
): Promise<JournalInfo | undefined> {
  const items = await Promise.all(changes.map((change) => itemOf(change, services)));
  const title = vscode.l10n.t('Undo Last Change');
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder, matchOnDetail: true });
  return picked?.change;
}

function iconOf({ uncertain, state }: JournalInfo): string {
  if (uncertain > 0) return '$(question)';
  return state === 'running' ? '$(sync)' : '$(discard)';
}

function stateText({ state, uncertain }: JournalInfo): string {
  if (state === 'running') return vscode.l10n.t('still going on');
  if (state === 'interrupted') return vscode.l10n.t('interrupted');
  if (uncertain > 0) return vscode.l10n.t('not certain whether it was written');
  return state === 'left' ? vscode.l10n.t('ended before everything was done') : '';
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "2 min ago". `at` and `now` are in milliseconds since 1970. */
function agoText(at: number, now: number): string {
  const age = Math.max(0, now - at);
  if (age < MINUTE) return vscode.l10n.t('just now');
  if (age < HOUR) return vscode.l10n.t('{0} min ago', Math.floor(age / MINUTE));
  if (age < 2 * DAY) return vscode.l10n.t('{0} h ago', Math.floor(age / HOUR));
  return vscode.l10n.t('{0} days ago', Math.floor(age / DAY));
}
