import * as vscode from 'vscode';
import type { KvEntry } from '../../core/entry/entry.ts';
import { entryDigest } from '../../core/entry/entryDigest.ts';
import { formatInstant } from '../../core/entry/expiration.ts';
import { metadataLine } from '../../core/entry/metadataJson.ts';
import { describeKind } from '../../core/entry/valueKind.ts';
import { byteSize, fullName, shortText } from '../../core/store/names.ts';
import { visibleText } from '../../core/text/visibleText.ts';
import type { Services } from '../../services.ts';
import { confirm } from '../../ui/confirm.ts';
import { costText } from '../../ui/cost.ts';
import { undoNote } from '../../ui/undoNote.ts';
import type { Listed } from './findNamespace.ts';

/** What a tool is about to do to a key; `after` is absent for a delete. */
export interface Planned {
  readonly key: string;
  readonly before: KvEntry | undefined;
  readonly after?: KvEntry;
}

/** True if the key already is as planned. */
export const changesNothing = ({ before, after }: Planned): boolean => entryDigest(before) === entryDigest(after);

export interface Answer {
  readonly isAgreed: boolean;
  /** The question said that the change can be undone. */
  readonly canUndo: boolean;
}

/**
 * Asks in the extension's own modal dialog, because a host may approve its own confirmation without showing it to
 * anybody.
 */
export async function askWrite(listed: Listed, planned: Planned, services: Services): Promise<Answer> {
  const { key, before, after } = planned;
  const canUndo = services.journals.hasRoomFor(before?.value.length ?? 0, 1);
  const where = fullName(listed);
  const isRemote = listed.source.kind === 'remote';
  const lines = [
    vscode.l10n.t('A language model or an extension asks for this.'),
    '',
    before ? vscode.l10n.t('Stored now: {0}, {1}.', ...sizeOf(before)) : vscode.l10n.t('There is no such key now.'),
    ...(after ? changeLines(before, after) : []),
    '',
    ...(changesNothing(planned)
      ? [vscode.l10n.t('Nothing changes; whoever asks is told so.')]
      : [
          ...(isRemote ? [costText(after ? { writes: 1 } : { deletes: 1 })] : []),
          undoNote(canUndo, services.settings),
        ]),
  ];
  const isAgreed = await confirm({
    question: after
      ? vscode.l10n.t('Write “{0}” to {1}?', shortText(key), where)
      : vscode.l10n.t('Delete “{0}” from {1}?', shortText(key), where),
    detail: lines.join('\n'),
    button: after ? vscode.l10n.t('Write 1 Key') : vscode.l10n.t('Delete 1 Key'),
  });
  return { isAgreed, canUndo };
}

/** "JSON", "120 bytes". */
const sizeOf = ({ key, value }: KvEntry): readonly [kind: string, size: string] => [
  describeKind(key, value),
  byteSize(value.length),
];

function changeLines(before: KvEntry | undefined, after: KvEntry): readonly string[] {
  const { expiration, metadata } = after;
  return [
    vscode.l10n.t('To be written: {0}, {1}.', ...sizeOf(after)),
    ...beginningLines(Buffer.from(after.value).toString('utf8')),
    expiration === undefined
      ? vscode.l10n.t('It never expires.')
      : vscode.l10n.t('It expires: {0}.', formatInstant(expiration)),
    ...(metadata === undefined
      ? before?.metadata === undefined
        ? []
        : [vscode.l10n.t('Its metadata is removed.')]
      : [vscode.l10n.t('Metadata: {0}', shortLine(metadataLine(metadata)))]),
  ];
}

const MOST_LINES = 5;
const LONGEST_LINE = 80;
/** Enough for the lines that are shown. */
const MOST_LOOKED_AT = 4000;

/** The first lines, with invisible characters made visible. */
function beginningLines(text: string): readonly string[] {
  const lines = text
    .slice(0, MOST_LOOKED_AT)
    .replace(/\r?\n$/, '')
    .split(/\r\n|\r|\n/);
  const shown = lines.slice(0, MOST_LINES).map((line) => `    ${shortLine(line)}`);
  const isCut = lines.length > MOST_LINES || text.length > MOST_LOOKED_AT;
  return text === '' ? [] : [...shown, ...(isCut ? ['    …'] : [])];
}

/** Keeps the indentation of a line. */
function shortLine(line: string): string {
  const indent = /^[ \t]*/.exec(line.slice(0, LONGEST_LINE))?.[0] ?? '';
  const characters = [...visibleText(line.slice(indent.length))];
  const isCut = characters.length > LONGEST_LINE;
  return `${indent}${characters.slice(0, LONGEST_LINE).join('')}${isCut ? '…' : ''}`;
}
