import * as vscode from 'vscode';
import type { Pattern } from '../../core/search/pattern.ts';
import type { ValueMatch } from '../../core/search/search.ts';
import { fullName } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { Selection } from '../../core/store/selection.ts';
import { oneLine } from '../../core/text/oneLine.ts';
import { selectionName } from '../../core/transfer/selectionName.ts';
import { entryUri, valueUri } from '../../fs/kvUri.ts';
import type { Services } from '../../services.ts';
import { linkTo } from '../../ui/openCommand.ts';
import type { ReportLine } from '../../ui/reports.ts';
import { about } from '../invocation/command.ts';
import { fields, namespaceField, optional, textField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aNamespace } from '../invocation/targets.ts';
import { type ReadingTexts, storesToRead } from '../transfer/reading.ts';
import { inputPattern, patternFields, patternOf, runSearch, type SearchResult } from './searching.ts';

interface SearchValues {
  readonly namespace: NamespaceRef;
  readonly prefix?: string | undefined;
  readonly pattern: Pattern;
}

/** Finds lines of values, and metadata, that contain a text or match an expression. */
export const searchValues = defineCommand<SearchValues, SearchResult<ValueMatch>>('searchValues', {
  progress: vscode.l10n.t('Searching values'),
  tellsHowFar: true,
  args: fields(
    { namespace: namespaceField, prefix: optional(textField), ...patternFields },
    ({ namespace, prefix, ...given }) => ({ namespace, prefix, pattern: patternOf(given) }),
  ),
  asked: about(
    aNamespace({ question: vscode.l10n.t('Search values of which namespace?') }),
    async ({ namespace, prefix, where }) => {
      const name = selectionName(under(prefix), where);
      const pattern = await inputPattern(vscode.l10n.t('Search Values and Metadata: {0}', name));
      return pattern && { namespace, prefix, pattern };
    },
  ),
  async run({ namespace, prefix, pattern }, run) {
    const { services, signal } = run;
    const selection = under(prefix);
    const [store] =
      (await storesToRead([{ namespace, selection }], { ...TEXTS, inside: { job: 'search', query: pattern } }, run)) ??
      [];
    if (!store) return undefined;
    let section: string | undefined;
    const { matches, complete } = await runSearch(
      pattern,
      { name: await nameOf({ namespace, prefix }, services), sources: [namespace.source] },
      ({ searchValues: search }, matcher) => search(store, prefix, matcher, signal),
      (match) => {
        const isNew = match.key !== section;
        section = match.key;
        return [...(isNew ? [keyLine(namespace, match.key)] : []), matchLine(namespace, match)];
      },
      run,
    );
    return { matches: matches.map(({ column: _, ...match }) => match), complete };
  },
});

const under = (prefix = ''): Selection => ({ keys: [], prefixes: [prefix] });

const nameOf = async (
  { namespace, prefix }: Pick<SearchValues, 'namespace' | 'prefix'>,
  { sources }: Services,
): Promise<string> => selectionName(under(prefix), fullName(await sources.describe(namespace)));

const TEXTS: ReadingTexts = {
  question: (keys, where) => vscode.l10n.t('Search the values of {0} in {1}?', keys, where),
  button: (count) => vscode.l10n.t('Search {0} Keys', count),
};

function keyLine(namespace: NamespaceRef, key: string): ReportLine {
  const text = oneLine(key);
  return { text, link: { start: 0, length: text.length, target: linkTo(valueUri(namespace, key)) } };
}

/** "  12: the line", or "  metadata: …". The number or word in front is a link to the place. */
function matchLine(namespace: NamespaceRef, { key, line, column = 1, text }: ValueMatch): ReportLine {
  const place = line === undefined ? vscode.l10n.t('metadata') : String(line);
  const target = line === undefined ? entryUri(namespace, key) : linkTo(valueUri(namespace, key), { line, column });
  return { text: `  ${place}: ${oneLine(text)}`, link: { start: 2, length: place.length, target } };
}
