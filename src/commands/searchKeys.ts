import * as vscode from 'vscode';
import { fullName } from '../core/names.ts';
import { oneLine } from '../core/oneLine.ts';
import type { Matcher } from '../core/search/matcher.ts';
import type { Pattern } from '../core/search/pattern.ts';
import type { Found } from '../core/search/search.ts';
import { type NamespaceRef, valueUri } from '../fs/kvUri.ts';
import { namespaceOf } from '../tree/nodes.ts';
import { openLink } from '../ui/openCommand.ts';
import { pickNamespaces } from '../ui/pickNamespace.ts';
import { namespacesArg } from './arguments.ts';
import type { Run } from './command.ts';
import { defineCommand } from './invoke.ts';
import { type Engine, inputPattern, patternArg, type SearchResult, searchInto } from './searching.ts';
import { storeOf } from './targets.ts';

interface SearchKeys {
  readonly namespaces: readonly NamespaceRef[];
  readonly pattern: Pattern;
}

interface KeyMatch {
  readonly namespace: NamespaceRef;
  readonly key: string;
  readonly text: string;
}

/** Keys whose names contain a text or match an expression, in one namespace, some or all. */
export const searchKeys = defineCommand<SearchKeys, SearchResult<KeyMatch>>('searchKeys', {
  progress: vscode.l10n.t('Searching keys'),
  parse: (input) => ({ namespaces: namespacesArg(input), pattern: patternArg(input) }),
  async ask(call, services) {
    const rows = new Set(call.nodes.flatMap((node) => namespaceOf(node) ?? []));
    const picked =
      rows.size > 0
        ? [...rows].map(({ namespace }) => namespace)
        : await pickNamespaces(services.sources, vscode.l10n.t('Search keys of which namespaces?'));
    if (!picked) return undefined;
    const namespaces = picked.map(({ source, id }) => ({ source, id }));
    const pattern = await inputPattern(vscode.l10n.t('Search Keys'));
    return pattern && { namespaces, pattern };
  },
  async run({ namespaces, pattern }, run) {
    const names = await Promise.all(namespaces.map(async (one) => fullName(await run.services.sources.describe(one))));
    let section: NamespaceRef | undefined;
    return searchInto(
      pattern,
      {
        name: names.length > 3 ? vscode.l10n.t('{0} namespaces', names.length) : names.join(', '),
        sources: namespaces.map(({ source }) => source),
      },
      (engine, matcher) => searchAll(namespaces, { engine, matcher }, run),
      ({ namespace, key }) => {
        const text = oneLine(key);
        const link = { start: 2, length: text.length, target: openLink(valueUri(namespace, key)) };
        const isNew = namespace !== section;
        section = namespace;
        const title = names[namespaces.indexOf(namespace)] ?? '';
        return [...(isNew ? [{ text: title }] : []), { text: `  ${text}`, link }];
      },
      run,
    );
  },
});

async function* searchAll(
  namespaces: readonly NamespaceRef[],
  { engine, matcher }: { readonly engine: Engine; readonly matcher: Matcher },
  { services, signal }: Run,
): AsyncGenerator<Found<KeyMatch>> {
  for (const namespace of namespaces) {
    for await (const found of engine.searchKeys(await storeOf(services, namespace), matcher, signal)) {
      yield { ...found, matches: found.matches.map((key) => ({ namespace, key, text: key })) };
    }
    if (matcher.hasGivenUp) return;
  }
}
