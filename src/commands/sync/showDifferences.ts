import * as vscode from 'vscode';
import { keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { KeyFailure } from '../../core/store/store.ts';
import { oneLine } from '../../core/text/oneLine.ts';
import type { ComparisonCounts, Difference } from '../../core/transfer/comparison.ts';
import { valueUri } from '../../fs/kvUri.ts';
import type { planLanguage, resultsLanguage } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { linkTo } from '../../ui/openCommand.ts';
import type { ReportLine } from '../../ui/reports.ts';

/** The most differences that are opened side by side; nobody reads more. */
export const MOST_SIDE_BY_SIDE = 200;

/** The two sides of a comparison. A difference of kind `add` is only in the first. */
export interface Sides {
  readonly first: NamespaceRef;
  readonly second: NamespaceRef;
}

/** Opens the values of the first differences in one editor, with those of `original` on the left. */
export async function openSideBySide(
  title: string,
  differences: readonly Difference[],
  { first, second }: Sides,
  original: keyof Sides,
  { reports }: Services,
): Promise<void> {
  const shown = differences.slice(0, MOST_SIDE_BY_SIDE).map(({ kind, key }) => {
    const one = kind === 'remove' ? undefined : valueUri(first, key);
    const other = kind === 'add' ? undefined : valueUri(second, key);
    return original === 'first' ? [one ?? other, one, other] : [other ?? one, other, one];
  });
  await vscode.commands.executeCommand('vscode.changes', title, shown);
  reports.noteComparison([first.source, second.source]);
}

/** A document of differences. */
export interface DifferencesList {
  readonly title: string;
  readonly language: typeof planLanguage | typeof resultsLanguage;
  readonly heading: string;
  /** The heading of each kind, made from "3 keys". */
  readonly sections: Readonly<Record<Difference['kind'], (keys: string) => string>>;
  readonly counts: ComparisonCounts;
  /** All differences, or as many as a document shows. */
  readonly differences: readonly Difference[];
  /** Keys that could not be read, so that nobody knows whether they differ. */
  readonly unread: readonly KeyFailure[];
}

/** Names the keys that could not be read, or tells how many. */
export const unreadText = (keys: string): string => vscode.l10n.t('Could not be read, so left out: {0}', keys);

/** Opens a document with links to the differences, grouped by kind, after the keys that could not be read. */
export async function listDifferences(
  { title, language, heading, sections, counts, differences, unread }: DifferencesList,
  { first, second }: Sides,
  { reports }: Services,
): Promise<void> {
  const unreadLines = unread.map(({ key }) => lineOf(first, key));
  const lines = (['add', 'change', 'remove'] as const).flatMap((kind) => {
    if (counts[kind] === 0) return [];
    const namespace = kind === 'remove' ? second : first;
    const keys = differences.filter((one) => one.kind === kind).map(({ key }) => lineOf(namespace, key));
    return [{ text: sections[kind](keyCount(counts[kind])) }, ...keys];
  });
  const more = counts.add + counts.change + counts.remove - differences.length;
  await reports.open(title, language, heading, [first.source, second.source], {
    lines: unread.length > 0 ? [{ text: unreadText(keyCount(unread.length)) }, ...unreadLines, ...lines] : lines,
    more,
  });
}

function lineOf(namespace: NamespaceRef, key: string): ReportLine {
  const text = oneLine(key);
  return { text: `  ${text}`, link: { start: 2, length: text.length, target: linkTo(valueUri(namespace, key)) } };
}
