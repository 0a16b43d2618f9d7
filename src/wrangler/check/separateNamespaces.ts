import * as l10n from '@vscode/l10n';
import { type CheckEvidence, type CheckItem, item } from '../../core/check/item.ts';
import { checkOutline } from '../checkOutline.ts';
import type { OutlineField } from '../outline.ts';
import { type CheckedConfig, entriesOf, oddText, type PlacedEntry, placeIn } from './checkedConfig.ts';

/** What may be against the item; `isAgainst` is undefined if the purpose of the places cannot be told. */
interface Found {
  readonly isAgainst: boolean | undefined;
  readonly evidence: CheckEvidence;
}

/** Whether development uses other namespaces than production, by a `preview_id` or an environment. */
export function separateNamespaces(config: CheckedConfig): CheckItem {
  const entries = entriesOf(config);
  const { outline } = config;
  const unknown = (...evidence: CheckEvidence[]): CheckItem => item('separate-namespaces', 'unknown', evidence);
  if (!entries.some(({ binding, id }) => binding !== undefined && isSet(id))) {
    if (outline.isOdd) return unknown({ text: oddText() });
    const text =
      entries.length === 0
        ? l10n.t('The config has no KV bindings.')
        : l10n.t('No KV binding of the config has an ID.');
    return unknown({ text });
  }
  const found = [
    ...sharedPreviews(config, entries),
    ...sharedIds(config, entries),
    // If a part has the wrong type, it may name another namespace.
    ...(outline.isOdd ? [] : [...alone(config, entries), ...withoutDevelopment(config, entries)]),
  ];
  const against = found.filter(({ isAgainst }) => isAgainst === true).map(({ evidence }) => evidence);
  if (against.length > 0) return item('separate-namespaces', 'failed', against);
  if (outline.isOdd) return unknown({ text: oddText() });
  const unclear = found.filter(({ isAgainst }) => isAgainst === undefined).map(({ evidence }) => evidence);
  if (unclear.length > 0) {
    const text = l10n.t('Which of these are production, and which are to develop with, cannot be told.');
    return unknown(...unclear, { text });
  }
  // wrangler refuses such a config, so nobody can tell which of the two would be used.
  const twice = checkOutline(outline).filter(({ check }) => check === 'duplicate-binding');
  if (twice.length > 0) {
    const at = placeIn(config);
    return unknown(...twice.map(({ message, span }) => ({ text: message, place: at(span) })));
  }
  const text = l10n.t('Each KV binding has another namespace to develop with.');
  return item('separate-namespaces', 'passed', [{ text }]);
}

const isSet = (field: OutlineField | undefined): field is OutlineField => field !== undefined && field.text !== '';

/** The entries of one binding, of which none has a `preview_id`. */
interface Unpreviewed {
  readonly name: string;
  readonly first: PlacedEntry;
  readonly same: readonly PlacedEntry[];
  /** An entry without an ID is another namespace: a local one, and a new one when wrangler deploys. */
  readonly ids: ReadonlySet<string | undefined>;
}

function unpreviewed(entries: readonly PlacedEntry[]): readonly Unpreviewed[] {
  const byName = Map.groupBy(
    entries.filter(({ binding }) => binding !== undefined),
    ({ binding }) => binding?.text ?? '',
  );
  return [...byName].flatMap(([name, same]) => {
    const [first] = same;
    if (!first || same.some(({ previewId }) => isSet(previewId))) return [];
    return { name, first, same, ids: new Set(same.map(({ id }) => (isSet(id) ? id.text : undefined))) };
  });
}

/** Each name that stands for the same namespace everywhere, including in production, and has no `preview_id`. */
function alone(config: CheckedConfig, entries: readonly PlacedEntry[]): readonly Found[] {
  const at = placeIn(config);
  const names = environmentsOf(config);
  return unpreviewed(entries).flatMap(({ name, first, same, ids }): readonly Found[] => {
    if (ids.size > 1 || ids.has(undefined)) return [];
    if (same.every(({ environment }) => purposeOf(environment, names) === 'development')) return [];
    const tables = new Set(same.map(({ environment }) => purposeOf(environment, names)));
    // Already reported as a shared ID.
    if (tables.has('production') && tables.has('development')) return [];
    const text = l10n.t('“{0}” has neither a “preview_id” nor another namespace in an environment.', name);
    const place = at((first.binding ?? first).span, 'separate-namespaces');
    return [{ isAgainst: true, evidence: { text, place } }];
  });
}

/** Each name that stands for several namespaces in environments of which none is for development by its name. */
function withoutDevelopment(config: CheckedConfig, entries: readonly PlacedEntry[]): readonly Found[] {
  const at = placeIn(config);
  const names = environmentsOf(config);
  return unpreviewed(entries).flatMap(({ name, first, same, ids }): readonly Found[] => {
    // `wrangler dev` uses the top level, so that is another namespace to develop with.
    if (ids.size < 2 || same.some(({ environment }) => environment === undefined)) return [];
    const purposes = same.map(({ environment }) => purposeOf(environment, names));
    if (purposes.includes('development')) return [];
    const isAgainst = purposes.includes(undefined) ? undefined : true;
    const text = isAgainst
      ? l10n.t('“{0}” has no “preview_id”, and all its namespaces are for production.', name)
      : l10n.t('“{0}” has no “preview_id”, and more than one namespace.', name);
    const problem = isAgainst ? 'separate-namespaces' : undefined;
    return [{ isAgainst, evidence: { text, place: at((first.binding ?? first).span, problem) } }];
  });
}

/** Each ID that another part of the config has too, whatever the bindings are called. */
function sharedIds(config: CheckedConfig, entries: readonly PlacedEntry[]): readonly Found[] {
  const at = placeIn(config);
  const names = environmentsOf(config);
  return entries.flatMap((entry, index): readonly Found[] => {
    const { id, environment } = entry;
    if (!isSet(id)) return [];
    const others = entries
      .slice(0, index)
      .filter((other) => other.id?.text === id.text && other.environment !== environment);
    const judged = others.map((other) => ({ other, isAgainst: isAgainst(environment, other.environment, names) }));
    const found =
      judged.find((one) => one.isAgainst === true) ?? judged.find((one) => one.isAgainst === undefined) ?? undefined;
    if (found === undefined) return [];
    const [name, otherName] = [entry.binding?.text ?? '', found.other.binding?.text ?? ''];
    const text =
      name === otherName
        ? l10n.t(
            '“{0}” is the same namespace in {1} and in {2}.',
            name,
            tableName(found.other.environment),
            tableName(environment),
          )
        : l10n.t(
            '“{0}” in {1} is the namespace of “{2}” in {3}.',
            name,
            tableName(environment),
            otherName,
            tableName(found.other.environment),
          );
    const problem = found.isAgainst ? 'shared-id' : undefined;
    return [{ isAgainst: found.isAgainst, evidence: { text, place: at(id.span, problem) } }];
  });
}

/** Whether one of two environments is production and the other is for development. */
function isAgainst(one: string | undefined, other: string | undefined, all: readonly string[]): boolean | undefined {
  const [first, second] = [purposeOf(one, all), purposeOf(other, all)];
  return first === undefined || second === undefined ? undefined : first !== second;
}

const environmentsOf = ({ outline }: CheckedConfig): readonly string[] =>
  outline.tables.flatMap(({ environment }) => environment ?? []);

/** Each `preview_id` that is also the `id` of an entry, with what that entry is for. */
function sharedPreviews(config: CheckedConfig, entries: readonly PlacedEntry[]): readonly Found[] {
  const at = placeIn(config);
  const names = environmentsOf(config);
  return entries.flatMap((entry) => {
    const { previewId, binding } = entry;
    if (!isSet(previewId)) return [];
    const name = binding?.text ?? '';
    const place = at(previewId.span);
    if (previewId.text === entry.id?.text) {
      const text = l10n.t('“preview_id” of “{0}” is the namespace of its “id”.', name);
      return { isAgainst: isProduction(purposeOf(entry.environment, names)), evidence: { text, place } };
    }
    return entries
      .filter(({ id }) => id?.text === previewId.text)
      .map((other) => ({
        isAgainst: isProduction(purposeOf(other.environment, names)),
        evidence: {
          text: l10n.t(
            '“preview_id” of “{0}” is the namespace of “{1}” in {2}.',
            name,
            other.binding?.text ?? '',
            tableName(other.environment),
          ),
          place,
        },
      }));
  });
}

const isProduction = (purpose: Purpose): boolean | undefined =>
  purpose === undefined ? undefined : purpose === 'production';

/** What a part of a config is for; `undefined` if its name does not say. */
type Purpose = 'production' | 'development' | undefined;

const PRODUCTION = /^(?:prod|production|live)$/i;
const DEVELOPMENT = /^(?:dev|develop|development|local|preview|test|testing)$/i;

/** The top level is production if every environment is for development. */
function purposeOf(environment: string | undefined, all: readonly string[]): Purpose {
  if (environment === undefined) return all.every((one) => DEVELOPMENT.test(one)) ? 'production' : undefined;
  if (PRODUCTION.test(environment)) return 'production';
  return DEVELOPMENT.test(environment) ? 'development' : undefined;
}

const tableName = (environment: string | undefined): string =>
  environment === undefined ? l10n.t('the top level') : l10n.t('the environment “{0}”', environment);
