import * as vscode from 'vscode';
import type { Matcher } from '../../core/search/matcher.ts';
import type { Pattern } from '../../core/search/pattern.ts';
import type { Found } from '../../core/search/search.ts';
import { fullName } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { EVERYTHING, type Selection } from '../../core/store/selection.ts';
import { oneLine } from '../../core/text/oneLine.ts';
import { selectionName } from '../../core/transfer/selectionName.ts';
import { valueUri } from '../../fs/kvUri.ts';
import type { Services } from '../../services.ts';
import { namespaceOf } from '../../tree/nodes.ts';
import { linkTo } from '../../ui/openCommand.ts';
import { pickNamespaces } from '../../ui/pickNamespace.ts';
import { about, type Run } from '../invocation/command.ts';
import { fields, namespacesField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { isKeyPress, type SelectedRow, selectedRowsOf, selectionOf } from '../invocation/resolve.ts';
import { ownTarget, storeOf } from '../invocation/targets.ts';
import { type Engine, inputPattern, patternFields, patternOf, runSearch, type SearchResult } from './searching.ts';

/** The part of a namespace to search. */
interface Place {
  readonly namespace: NamespaceRef;
  readonly prefixes: Selection['prefixes'];
}

interface SearchKeys {
  readonly places: readonly Place[];
  readonly pattern: Pattern;
}

interface KeyMatch {
  readonly namespace: NamespaceRef;
  readonly key: string;
  readonly text: string;
}

/** The places of the selected rows, or the namespaces that the user picks. */
const searchedPlaces = ownTarget<readonly Place[]>('rows', async (call, services) => {
  const rows = selectedRowsOf(call);
  if (rows.length > 0) return placesOf(rows);
  if (isKeyPress(call)) return undefined;
  return (await pickNamespaces(services.sources, vscode.l10n.t('Search keys of which namespaces?')))?.map(whole);
});

/** Finds keys whose names contain a text or match an expression, in one namespace, several or all. */
export const searchKeys = defineCommand<SearchKeys, SearchResult<KeyMatch>>('searchKeys', {
  progress: vscode.l10n.t('Searching keys'),
  tellsHowFar: true,
  args: fields({ namespaces: namespacesField, ...patternFields }, (given) => ({
    places: given.namespaces.map(whole),
    pattern: patternOf(given),
  })),
  asked: about(searchedPlaces, async (places, services) => {
    const pattern = await inputPattern(vscode.l10n.t('Search Keys: {0}', joined(await namesOf(places, services))));
    return pattern && { places, pattern };
  }),
  async run({ places, pattern }, run) {
    const names = await namesOf(places, run.services);
    let section: Place | undefined;
    const { matches, complete } = await runSearch(
      pattern,
      { name: joined(names), sources: places.map(({ namespace }) => namespace.source) },
      (engine, matcher) => searchAll(places, { engine, matcher }, run),
      ({ place, key }) => {
        const text = oneLine(key);
        const link = { start: 2, length: text.length, target: linkTo(valueUri(place.namespace, key)) };
        const isNew = place !== section;
        section = place;
        return [...(isNew ? [{ text: names[places.indexOf(place)] ?? '' }] : []), { text: `  ${text}`, link }];
      },
      run,
    );
    return { matches: matches.map(({ place: _, ...match }) => match), complete };
  },
});

const joined = (names: readonly string[]): string =>
  names.length > 3 ? vscode.l10n.t('{0} namespaces', names.length) : names.join(', ');

const whole = ({ source, id }: NamespaceRef): Place => ({ namespace: { source, id }, prefixes: EVERYTHING.prefixes });

/** Searches groups and filtered namespaces as far as they reach; for a key, its whole namespace. */
const placesOf = (rows: readonly SelectedRow[]): Place[] =>
  [...new Set(rows.map(namespaceOf))].flatMap((namespace) => {
    if (!namespace) return [];
    const own = rows.filter((row) => namespaceOf(row) === namespace);
    const { keys, prefixes } = selectionOf(own);
    return keys.length > 0 ? [whole(namespace.ref)] : [{ namespace: namespace.ref, prefixes }];
  });

const namesOf = (places: readonly Place[], { sources }: Services): Promise<string[]> =>
  Promise.all(
    places.map(async ({ namespace, prefixes }) =>
      selectionName({ keys: [], prefixes }, fullName(await sources.describe(namespace))),
    ),
  );

type FoundKey = KeyMatch & { readonly place: Place };

async function* searchAll(
  places: readonly Place[],
  { engine, matcher }: { readonly engine: Engine; readonly matcher: Matcher },
  { services, signal }: Run,
): AsyncGenerator<Found<FoundKey>> {
  for (const place of places) {
    const { namespace, prefixes } = place;
    const store = await storeOf(services, namespace);
    for (const prefix of prefixes) {
      for await (const found of engine.searchKeys(store, prefix, matcher, signal)) {
        yield { ...found, matches: found.matches.map((key) => ({ namespace, key, text: key, place })) };
      }
      if (matcher.hasGivenUp) return;
    }
  }
}
