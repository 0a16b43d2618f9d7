import * as l10n from '@vscode/l10n';
import { type CheckEvidence, type CheckItem, item, unlessFailed } from '../../core/check/item.ts';
import { checkOutline } from '../checkOutline.ts';
import { coveredNames, isAbout, typedBindings, typesArguments } from '../generatedTypes.ts';
import type { OutlineEntry, OutlineField } from '../outline.ts';
import { type CheckedConfig, placeIn } from './checkedConfig.ts';
import { publicIds } from './publicIds.ts';

interface Placed extends OutlineEntry {
  readonly environment: string | undefined;
}

/** What a wrangler config shows. */
export function configItems(config: CheckedConfig): readonly CheckItem[] {
  const { outline } = config;
  if (outline.problem) {
    const text = l10n.t('The config cannot be read as a whole. Mend it first.');
    return (['separate-namespaces', 'environments', 'public-ids', 'types'] as const).map((id) =>
      item(id, 'unknown', [{ text, place: placeIn(config)({ start: 0, end: 0 }) }]),
    );
  }
  const entries = outline.tables.flatMap((table) =>
    table.entries.map((entry): Placed => ({ ...entry, environment: table.environment })),
  );
  return [separateNamespaces(config, entries), environments(config), publicIds(config), types(config, entries)];
}

/** Whether development uses other namespaces than production, by a `preview_id` or an environment. */
function separateNamespaces(config: CheckedConfig, entries: readonly Placed[]): CheckItem {
  const byName = Map.groupBy(
    entries.filter(({ binding }) => binding !== undefined),
    ({ binding }) => binding?.text ?? '',
  );
  const withIds = [...byName].filter(([, same]) => same.some(({ id }) => isSet(id)));
  if (withIds.length === 0) {
    const text =
      entries.length === 0
        ? l10n.t('The config has no KV bindings.')
        : l10n.t('No KV binding of the config has an ID.');
    return item('separate-namespaces', 'unknown', [{ text }]);
  }
  const previews = sharedPreviews(config, entries);
  const against = [
    ...previews.filter(({ purpose }) => purpose === 'production').map(({ evidence }) => evidence),
    ...withIds.flatMap(([name, same]) => sharedIds(config, name, same)),
  ];
  if (against.length > 0) return item('separate-namespaces', 'failed', against);
  const unknown = previews.filter(({ purpose }) => purpose === undefined).map(({ evidence }) => evidence);
  if (unknown.length > 0) {
    const text = l10n.t('Whether what these “preview_id” name is production cannot be told.');
    return item('separate-namespaces', 'unknown', [...unknown, { text }]);
  }
  // wrangler refuses such a config, so nobody can tell which of the two would be used.
  const twice = checkOutline(config.outline).filter(({ check }) => check === 'duplicate-binding');
  if (twice.length > 0) {
    const at = placeIn(config);
    const evidence = twice.map(({ message, span }): CheckEvidence => ({ text: message, place: at(span) }));
    return item('separate-namespaces', 'unknown', evidence);
  }
  const text = l10n.t('Each KV binding has another namespace to develop with.');
  return item('separate-namespaces', 'passed', [{ text }]);
}

const isSet = (field: OutlineField | undefined): field is OutlineField => field !== undefined && field.text !== '';

/** Evidence for a name that stands for a single namespace, or for the same one in several places. */
function sharedIds(config: CheckedConfig, name: string, same: readonly Placed[]): readonly CheckEvidence[] {
  const at = placeIn(config);
  const against: CheckEvidence[] = [];
  const seen = new Map<string, Placed>();
  for (const entry of same) {
    const { id } = entry;
    if (!isSet(id)) continue;
    const other = seen.get(id.text);
    if (other !== undefined && other.environment !== entry.environment) {
      const text = l10n.t(
        '“{0}” is the same namespace in {1} and in {2}.',
        name,
        tableName(other.environment),
        tableName(entry.environment),
      );
      against.push({ text, place: at(id.span, 'shared-id') });
    }
    seen.set(id.text, entry);
  }
  // An entry without an ID is another namespace: a local one, and a new one when wrangler deploys.
  const isAlone = seen.size === 1 && same.every(({ id }) => isSet(id));
  const [only] = same;
  if (against.length > 0 || !only || !isAlone || same.some(({ previewId }) => isSet(previewId))) return against;
  const text = l10n.t('“{0}” has neither a “preview_id” nor another namespace in an environment.', name);
  return [{ text, place: at((only.binding ?? only).span, 'separate-namespaces') }];
}

/** Each `preview_id` that is also the `id` of an entry, with what that entry is for. */
function sharedPreviews(
  config: CheckedConfig,
  entries: readonly Placed[],
): readonly { readonly purpose: Purpose; readonly evidence: CheckEvidence }[] {
  const at = placeIn(config);
  const environments = config.outline.tables.flatMap(({ environment }) => environment ?? []);
  return entries.flatMap((entry) => {
    const { previewId, binding } = entry;
    if (!isSet(previewId)) return [];
    const name = binding?.text ?? '';
    const place = at(previewId.span);
    if (previewId.text === entry.id?.text) {
      const text = l10n.t('“preview_id” of “{0}” is the namespace of its “id”.', name);
      return { purpose: 'production' as const, evidence: { text, place } };
    }
    return entries
      .filter(({ id }) => id?.text === previewId.text)
      .map((other) => ({
        purpose: purposeOf(other.environment, environments),
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

/** Whether each environment has the bindings of the top level. */
function environments(config: CheckedConfig): CheckItem {
  const at = placeIn(config);
  const { outline } = config;
  if (outline.tables.some(({ isOdd }) => isOdd)) {
    const text = l10n.t('A list of KV bindings is something else than a list here.');
    return item('environments', 'unknown', [{ text }]);
  }
  // These are already marked in the file.
  const against = checkOutline(outline)
    .filter(({ check }) => check === 'missing-binding')
    .map(({ message, span }): CheckEvidence => ({ text: message, place: at(span) }));
  const count = outline.tables.filter(({ environment }) => environment !== undefined).length;
  const text =
    count === 0
      ? l10n.t('The config has no environments.')
      : l10n.t('Every environment has the KV bindings of the top level.');
  return unlessFailed('environments', against, { state: 'passed', text });
}

/** Whether the generated types know all bindings. */
function types({ path, types: text, outline }: CheckedConfig, entries: readonly Placed[]): CheckItem {
  const unknown = (reason: string): CheckItem => item('types', 'unknown', [{ text: reason }]);
  if (text === undefined) {
    return unknown(l10n.t('There is no worker-configuration.d.ts beside the config to compare with.'));
  }
  const args = typesArguments(text);
  if (args === undefined) return unknown(l10n.t('worker-configuration.d.ts was not made by “wrangler types”.'));
  if (!isAbout(path, args)) return unknown(l10n.t('worker-configuration.d.ts was made for another config.'));
  const names = coveredNames(
    args,
    entries.flatMap(({ binding, environment }) =>
      binding && binding.text !== '' ? { name: binding.text, environment } : [],
    ),
    outline.tables.flatMap(({ environment }) => environment ?? []),
  );
  if (names === undefined) {
    return unknown(l10n.t('worker-configuration.d.ts was made for an environment that the config does not have.'));
  }
  const typed = typedBindings(text);
  const lacking = [...names].filter((name) => !typed.has(name));
  const gone = [...typed].filter((name) => !names.has(name));
  const against = [
    ...lacking.map((name) => ({ text: l10n.t('worker-configuration.d.ts does not know the binding “{0}”.', name) })),
    ...gone.map((name) => ({ text: l10n.t('worker-configuration.d.ts has “{0}”, which the config does not.', name) })),
  ];
  const passed = l10n.t('worker-configuration.d.ts has the KV bindings of the config.');
  return unlessFailed('types', against, { state: 'passed', text: passed });
}
