import { isUtf8 } from 'node:buffer';
import * as vscode from 'vscode';
import { formatInstant } from '../../core/entry/remaining.ts';
import type { SeenEntry } from '../../core/store/activity.ts';
import type { ActivityRow } from '../../core/store/activityLog.ts';
import { byteSize, shortText } from '../../core/store/names.ts';
import { visibleText } from '../../core/text/visibleText.ts';
import { clockText } from '../../tree/activity/activityItems.ts';
import type { ActivityView } from '../../tree/activity/activityView.ts';
import type { Reports } from '../../ui/reports.ts';

/** Shows the entry of a key before and after a change, as far as its values were kept. */
export async function openActivityRow(
  { event }: ActivityRow,
  view: Pick<ActivityView, 'activity' | 'titleOf'>,
  reports: Reports,
): Promise<void> {
  if (!('key' in event)) return;
  const { key, before, after, at, namespace } = event;
  // Both sides have the same lines above the value, so that the diff compares value with value.
  const isAlone = [before, after].every((one) => one?.metadata === undefined && one?.expiration === undefined);
  const textOf = async (entry: SeenEntry | undefined): Promise<string> => {
    if (!entry) return '';
    const value = valueText(await view.activity.value(entry.value), entry);
    return isAlone ? value : `${extrasText(entry)}\n${value}`;
  };
  const [left, right] = await Promise.all([textOf(before), textOf(after)]);
  const name = `${shortText(key)}${isAlone && isJson(right || left) ? '.json' : '.txt'}`;
  const [from, to] = [left, right].map((text) => reports.addText(name, text));
  const title = vscode.l10n.t(
    '{0} ({1}): before and after {2}',
    visibleText(key),
    view.titleOf(namespace),
    clockText(at),
  );
  await vscode.commands.executeCommand('vscode.diff', from, to, title, { preview: true, preserveFocus: true });
}

function extrasText({ metadata, expiration }: SeenEntry): string {
  return [
    vscode.l10n.t('Metadata: {0}', metadata ?? vscode.l10n.t('none')),
    vscode.l10n.t('Expires: {0}', expiration === undefined ? vscode.l10n.t('never') : formatInstant(expiration)),
    '',
  ].join('\n');
}

function valueText(value: Uint8Array | undefined, { size }: SeenEntry): string {
  if (value === undefined) {
    return size === undefined
      ? vscode.l10n.t('(This value was not kept.)')
      : vscode.l10n.t('(This value was not kept: it has {0}.)', byteSize(size));
  }
  return isUtf8(value) ? Buffer.from(value).toString('utf8') : hexText(value);
}

const BYTES_A_LINE = 16;

/** Bytes that are not text, sixteen per line. */
function hexText(value: Uint8Array): string {
  const hex = Buffer.from(value).toString('hex');
  const lines = hex.match(new RegExp(`.{1,${BYTES_A_LINE * 2}}`, 'g')) ?? [];
  return lines.map((line) => line.replace(/..(?!$)/g, '$& ')).join('\n');
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
