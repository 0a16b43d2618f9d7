import * as l10n from '@vscode/l10n';
import { type CheckEvidence, type CheckItem, item, unlessFailed } from '../../core/check/item.ts';
import { checkOutline } from '../checkOutline.ts';
import { type CheckedConfig, oddText, placeIn } from './checkedConfig.ts';
import { publicIds } from './publicIds.ts';
import { separateNamespaces } from './separateNamespaces.ts';
import { types } from './types.ts';

/**
 * What wrangler configs show. If there are several, each piece of evidence has the place of its config. A config
 * without KV then contributes nothing but what may be public in it.
 */
export function configItems(configs: readonly CheckedConfig[]): readonly CheckItem[] {
  if (configs.length === 1) return configs.flatMap(itemsOf);
  const isAnyUsed = configs.some(usesKv);
  return configs.flatMap((config) => {
    const place = placeIn(config)({ start: 0, end: 0 });
    const items = itemsOf(config).filter(
      ({ id, state }) => usesKv(config) || !isAnyUsed || (id === 'public-ids' && state !== 'passed'),
    );
    return items.map(({ id, state, evidence }) =>
      item(
        id,
        state,
        evidence.map((one) => ({ place, ...one })),
      ),
    );
  });
}

/** As far as can be told. */
const usesKv = ({ outline: { problem, isOdd, tables } }: CheckedConfig): boolean =>
  problem !== undefined || isOdd === true || tables.some(({ entries }) => entries.length > 0);

function itemsOf(config: CheckedConfig): readonly CheckItem[] {
  if (config.outline.problem) {
    const text = l10n.t('The config cannot be read as a whole. Mend it first.');
    return (['separate-namespaces', 'environments', 'public-ids', 'types'] as const).map((id) =>
      item(id, 'unknown', [{ text, place: placeIn(config)({ start: 0, end: 0 }) }]),
    );
  }
  return [separateNamespaces(config), environments(config), publicIds(config), types(config)];
}

/** Whether each environment has the bindings of the top level. */
function environments(config: CheckedConfig): CheckItem {
  const at = placeIn(config);
  const { outline } = config;
  if (outline.isOdd) return item('environments', 'unknown', [{ text: oddText() }]);
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
