import * as vscode from 'vscode';
import { formatInstant } from '../../core/entry/remaining.ts';
import type { KeyEvent } from '../../core/store/activity.ts';
import { type ActivityRow, changedExtras } from '../../core/store/activityLog.ts';
import { byteSize } from '../../core/store/names.ts';
import { countText } from '../../core/text/countText.ts';
import { visibleText } from '../../core/text/visibleText.ts';
import { openActivityCommand } from '../../ids.ts';

/** "12:01:05", in local time. */
function secondText(at: number): string {
  const time = new Date(at);
  const two = (number: number): string => String(number).padStart(2, '0');
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
}

/** "12:01:05.120", in local time. */
export const clockText = (at: number): string =>
  `${secondText(at)}.${String(new Date(at).getMilliseconds()).padStart(3, '0')}`;

export function activityItem(row: ActivityRow, title: string): vscode.TreeItem {
  const { event, number } = row;
  const id = String(number);
  const second = secondText(event.at);
  if (!('key' in event)) {
    const text = gapText(event.what, event.count);
    const item = new vscode.TreeItem(`${second}  ${text}`);
    return Object.assign(item, {
      id,
      description: title,
      tooltip: event.what === 'unseen' ? unseenTooltip() : [title, clockText(event.at), text].join('\n'),
      accessibilityInformation: { label: [text, title, second].join(', ') },
      iconPath: new vscode.ThemeIcon(event.what === 'lost' ? 'warning' : 'ellipsis'),
    });
  }
  const parts = partsOf(event);
  const item = new vscode.TreeItem(`${second}  ${visibleText(event.key)}`);
  return Object.assign(item, {
    id,
    description: [...parts, title].join(' · '),
    tooltip: [visibleText(event.key), title, clockText(event.at), ...parts, ...expirationLine(event)].join('\n'),
    accessibilityInformation: { label: [visibleText(event.key), ...parts, title, second].join(', ') },
    iconPath: iconOf(event),
    command: { command: openActivityCommand, title: vscode.l10n.t('Show Difference'), arguments: [row] },
  });
}

export function moreItem(more: number): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Show More'));
  return Object.assign(item, {
    id: 'more',
    description: vscode.l10n.t('{0} older', countText(more)),
    iconPath: new vscode.ThemeIcon('fold-down'),
    command: { command: openActivityCommand, title: vscode.l10n.t('Show More'), arguments: ['more'] },
  });
}

function partsOf(event: KeyEvent): readonly string[] {
  const { before, after, what } = event;
  const changed = changedExtras(event);
  const size = after?.size;
  return [
    whatText(event),
    ...(size === undefined ? [] : [before?.size === undefined ? byteSize(size) : sizes(before.size, size)]),
    ...(changed.metadata && (before !== undefined || what === 'put') ? [metadataText(event)] : []),
    ...(changed.expiration ? [expirationText(event)] : []),
  ];
}

const sizes = (before: number, after: number): string =>
  before === after ? byteSize(after) : vscode.l10n.t('{0} → {1}', byteSize(before), byteSize(after));

function whatText({ what, before }: KeyEvent): string {
  if (what === 'put') return before === undefined ? vscode.l10n.t('put, new') : vscode.l10n.t('put');
  return what === 'delete' ? vscode.l10n.t('deleted') : vscode.l10n.t('expired');
}

function metadataText({ before, after }: KeyEvent): string {
  if (after?.metadata === undefined) return vscode.l10n.t('metadata removed');
  return before?.metadata === undefined ? vscode.l10n.t('metadata added') : vscode.l10n.t('metadata changed');
}

function expirationText({ before, after }: KeyEvent): string {
  if (after?.expiration === undefined) return vscode.l10n.t('expiration removed');
  return before?.expiration === undefined ? vscode.l10n.t('expiration added') : vscode.l10n.t('expiration changed');
}

const expirationLine = ({ after }: KeyEvent): readonly string[] =>
  after?.expiration === undefined ? [] : [vscode.l10n.t('Expires {0}', formatInstant(after.expiration))];

function gapText(what: 'unseen' | 'lost', count: number): string {
  if (what === 'lost') return vscode.l10n.t('The data was removed, replaced or could not be read');
  return count === 1
    ? vscode.l10n.t('1 more write, replaced at once')
    : vscode.l10n.t('{0} more writes, replaced at once', countText(count));
}

const unseenTooltip = (): string =>
  vscode.l10n.t('So many writes were replaced or deleted before it could be seen which keys they were of.');

function iconOf({ what, before }: KeyEvent): vscode.ThemeIcon {
  if (what === 'put') return new vscode.ThemeIcon(before === undefined ? 'diff-added' : 'diff-modified');
  return new vscode.ThemeIcon(what === 'delete' ? 'diff-removed' : 'watch');
}
