import * as vscode from 'vscode';
import { fullName, keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { isEverything, type Selection } from '../../core/store/selection.ts';
import type { KeyFailure } from '../../core/store/store.ts';
import { Comparison, type ComparisonCounts, type Difference } from '../../core/transfer/comparison.ts';
import { keysOf } from '../../core/transfer/selectionName.ts';
import { resultsLanguage } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { tellOutcome } from '../../ui/outcome.ts';
import { MOST_LINES } from '../../ui/reports.ts';
import { about } from '../invocation/command.ts';
import { fields, namespaceField, optional, textField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aPair, checkDifferent } from '../invocation/targets.ts';
import { COMPARING, storesToRead } from '../transfer/reading.ts';
import { type DifferencesList, listDifferences, MOST_SIDE_BY_SIDE, openSideBySide } from './showDifferences.ts';

interface CompareNamespaces {
  readonly left: NamespaceRef;
  readonly right: NamespaceRef;
  readonly selection: Selection;
}

interface Compared extends ComparisonCounts {
  /** Keys that could not be read on one of the sides, so they are not compared; absent if there are none. */
  readonly failed?: readonly KeyFailure[];
}

/** Counts the differences between two namespaces, and shows the values side by side. */
export const compareNamespaces = defineCommand<CompareNamespaces, Compared>('compareNamespaces', {
  progress: vscode.l10n.t('Comparing namespaces'),
  args: fields(
    { left: namespaceField, right: namespaceField, prefix: optional(textField) },
    ({ left, right, prefix = '' }) => ({ left, right, selection: { keys: [], prefixes: [prefix] } }),
  ),
  asked: about(
    aPair({
      first: vscode.l10n.t('Compare which namespace?'),
      second: (first) => vscode.l10n.t('Compare {0} with which namespace?', first),
    }),
    ({ first, second, selection }) => ({ left: first, right: second, selection }),
  ),
  async run({ left, right, selection }, run) {
    const { services, signal, report, endProgress } = run;
    checkDifferent(left, right);
    const sides = [left, right].map((namespace) => ({ namespace, selection }));
    const [one, other] = (await storesToRead(sides, COMPARING, run)) ?? [];
    if (!one || !other) return undefined;
    const comparison = new Comparison(one, other, {
      selection,
      signal,
      report: ({ add, change, remove, same }) =>
        report(vscode.l10n.t('Compared {0}', keyCount(add + change + remove + same))),
    });
    const differences: Difference[] = [];
    for await (const difference of comparison) if (differences.length < MOST_LINES) differences.push(difference);
    endProgress();
    const { counts, unread } = comparison;
    if (differences.length > 0) {
      const names = await Promise.all([left, right].map((one) => services.sources.describe(one)));
      await show({ differences, counts, unread }, { left, right }, names.map(fullName), services);
    }
    return { ...counts, ...(unread.length > 0 && { failed: unread }) };
  },
  async tell({ add, change, remove, same, failed = [] }, { left, right, selection }, { sources }) {
    const [one, other] = [fullName(await sources.describe(left)), fullName(await sources.describe(right))];
    const differences = add + change + remove;
    const done = differences + same;
    const told = (all: string) =>
      tellOutcome({ done, skipped: 0, failed, cancelled: false }, done + failed.length, { all, partly: () => all });
    if (differences === 0) {
      return await told(
        isEverything(selection) && failed.length === 0
          ? vscode.l10n.t('{0} and {1} are the same: {2}.', one, other, keyCount(same))
          : vscode.l10n.t('{0} and {1} do not differ in {2}.', one, other, keysOf(selection, keyCount(same))),
      );
    }
    const parts = [
      ...(add > 0 ? [vscode.l10n.t('{0} only in {1}', keyCount(add), one)] : []),
      ...(remove > 0 ? [vscode.l10n.t('{0} only in {1}', keyCount(remove), other)] : []),
      ...(change > 0 ? [vscode.l10n.t('{0} changed', keyCount(change))] : []),
      ...(differences > MOST_SIDE_BY_SIDE ? [vscode.l10n.t('the first {0} are shown', MOST_SIDE_BY_SIDE)] : []),
    ];
    const text = parts.join(', ');
    return await told(isEverything(selection) ? `${text}.` : vscode.l10n.t('Of {0}: {1}.', keysOf(selection), text));
  },
});

/** Shows the first differences side by side, and a list if there are more. */
async function show(
  { differences, counts, unread }: Pick<DifferencesList, 'differences' | 'counts' | 'unread'>,
  { left, right }: Pick<CompareNamespaces, 'left' | 'right'>,
  names: readonly string[],
  services: Services,
): Promise<void> {
  const title = names.join(' ↔ ');
  const [one = '', other = ''] = names;
  const sides = { first: left, second: right };
  if (differences.length > MOST_SIDE_BY_SIDE) {
    const sections = {
      add: (keys: string) => vscode.l10n.t('Only in {0}: {1}', one, keys),
      change: (keys: string) => vscode.l10n.t('Changed: {0}', keys),
      remove: (keys: string) => vscode.l10n.t('Only in {0}: {1}', other, keys),
    };
    const heading = vscode.l10n.t('{0}: {1} the same', title, keyCount(counts.same));
    await listDifferences(
      { title, language: resultsLanguage, heading, sections, counts, differences, unread },
      sides,
      services,
    );
  }
  await openSideBySide(title, differences, sides, 'first', services);
}
