import * as vscode from 'vscode';
import {
  type ExpirationSpan,
  expirationSpans,
  type LimitKind,
  SIZE_BOUNDS,
  type Space,
} from '../../core/space/space.ts';
import { keyCount } from '../../core/store/names.ts';
import { countText } from '../../core/text/countText.ts';
import { isolated } from '../../core/text/isolated.ts';
import { locale } from '../../core/text/locale.ts';
import { visibleText } from '../../core/text/visibleText.ts';
import { rowHead } from '../rowHead.ts';
import type { BarMark, Picture } from '../shared/model.ts';
import { formatNumber } from '../shared/numbers.ts';
import { actionId, sizeId } from './spaceActions.ts';

/** What the size of an area stands for. */
export type Measure = 'bytes' | 'keys';

/** The most bars that are drawn; the table has more. */
const MOST_BARS = 20;

const bytesText = (bytes: number): string => formatNumber(bytes, 'bytes', locale());
/** A name in sentences. */
const namedText = (name: string): string => vscode.l10n.t('“{0}”', isolated(visibleText(name)));
const keysColumn = () => ({ label: vscode.l10n.t('Keys'), format: 'count' as const });
const bytesColumn = () => ({ label: vscode.l10n.t('Bytes of values'), format: 'bytes' as const });
const metadataColumn = () => ({ label: vscode.l10n.t('Bytes of metadata'), format: 'bytes' as const });

export function groupPicture(
  { prefix, groups, single, otherGroups, keys, hasSizes }: Space,
  measure: Measure,
): Picture {
  const tipOf = (label: string, sum: { readonly keys: number; readonly bytes: number }): string =>
    hasSizes
      ? vscode.l10n.t('{0}: {1}, {2}', label, keyCount(sum.keys), bytesText(sum.bytes))
      : vscode.l10n.t('{0}: {1}', label, keyCount(sum.keys));
  const rest = [
    { label: vscode.l10n.t('(keys outside any group)'), sum: single, action: actionId('list', 'single') },
    {
      label: vscode.l10n.t('({0} more groups)', countText(otherGroups.groups)),
      sum: otherGroups,
      action: actionId('group', prefix),
    },
  ].filter(({ sum }) => sum.keys > 0);
  const marks: readonly BarMark[] = [
    ...groups.map((group) => ({
      // Like the rows of the tree view: the page says which group they are in.
      label: visibleText(group.prefix.slice(prefix.length)),
      value: group[measure],
      tip: tipOf(namedText(group.prefix), group),
      action: actionId('into', group.prefix),
    })),
    ...rest.map(({ label, sum, action }) => ({
      label,
      value: sum[measure],
      tip: tipOf(label, sum),
      ...(action !== undefined && { action }),
    })),
  ];
  const areas = marks.filter(({ value }) => value > 0);
  const cells = (sum: { readonly keys: number; readonly bytes: number; readonly metadataBytes: number }): number[] =>
    hasSizes ? [sum.keys, sum.bytes, sum.metadataBytes] : [sum.keys, sum.metadataBytes];
  return {
    id: 'groups',
    title: measure === 'keys' ? vscode.l10n.t('Keys by group') : vscode.l10n.t('Bytes of values by group of keys'),
    ...(keys === 0 && { empty: vscode.l10n.t('There are no keys.') }),
    // If all values are empty or missing, there is nothing to draw.
    ...(areas.length > 0 && {
      chart: {
        kind: 'treemap',
        xLabel: '',
        yLabel: '',
        format: measure === 'keys' ? 'count' : 'bytes',
        marks: areas,
      },
    }),
    table: {
      columns: [
        { label: vscode.l10n.t('Group') },
        ...(hasSizes ? [keysColumn(), bytesColumn(), metadataColumn()] : [keysColumn(), metadataColumn()]),
      ],
      rows: [
        ...groups.map((group) => [group.prefix, ...cells(group)]),
        ...rest.map(({ label, sum }) => [label, ...cells(sum)]),
      ],
      heads: [
        ...groups.map(({ prefix }) => rowHead(prefix, actionId('into', prefix))),
        ...rest.map(({ label, action }) => rowHead(label, action)),
      ],
    },
  };
}

/** When keys expire, as text beside a number of keys. */
export const spanNames = (): Readonly<Record<ExpirationSpan, string>> => ({
  hour: vscode.l10n.t('within the next hour'),
  day: vscode.l10n.t('later within 24 hours'),
  week: vscode.l10n.t('later within 7 days'),
  month: vscode.l10n.t('later within 30 days'),
  later: vscode.l10n.t('after 30 days'),
  never: vscode.l10n.t('never'),
});

/** The size of values that are counted under one of {@link SIZE_BOUNDS}. */
export const sizeName = (at: number): string => vscode.l10n.t('up to {0}', bytesText(SIZE_BOUNDS[at] ?? 0));

export function expirationPicture({ expirations, keys, hasSizes }: Space): Picture {
  const names = spanNames();
  const actions = expirationSpans.map((span) => actionId('list', span));
  return {
    id: 'expirations',
    title: vscode.l10n.t('When keys expire, from now on'),
    ...(keys === 0 && { empty: vscode.l10n.t('There are no keys.') }),
    chart: {
      kind: 'bars',
      xLabel: vscode.l10n.t('Keys'),
      yLabel: vscode.l10n.t('Keys'),
      format: 'count',
      isFixed: true,
      marks: expirationSpans.map((span, at) => ({
        label: names[span],
        value: expirations[span].keys,
        tip: vscode.l10n.t('{0}: {1}', names[span], keyCount(expirations[span].keys)),
        ...(actions[at] !== undefined && { action: actions[at] }),
      })),
    },
    table: {
      columns: [{ label: vscode.l10n.t('Expires') }, keysColumn(), ...(hasSizes ? [bytesColumn()] : [])],
      rows: expirationSpans.map((span) => [
        names[span],
        expirations[span].keys,
        ...(hasSizes ? [expirations[span].bytes] : []),
      ]),
      heads: expirationSpans.map((span, at) => rowHead(names[span], actions[at])),
    },
  };
}

export function sizePicture({ sizes, keys }: Space): Picture {
  const rows = sizes.map((sum, at) => ({
    label: sizeName(at),
    sum,
    action: actionId('list', sizeId(at)),
  }));
  return {
    id: 'sizes',
    title: vscode.l10n.t('Keys by the size of their values'),
    ...(keys === 0 && { empty: vscode.l10n.t('There are no keys.') }),
    chart: {
      kind: 'bars',
      xLabel: vscode.l10n.t('Keys'),
      yLabel: vscode.l10n.t('Keys'),
      format: 'count',
      isFixed: true,
      marks: rows.map(({ label, sum, action }) => ({
        label,
        action,
        value: sum.keys,
        tip: vscode.l10n.t('{0}: {1}, {2}', label, keyCount(sum.keys), bytesText(sum.bytes)),
      })),
    },
    table: {
      columns: [{ label: vscode.l10n.t('Size') }, keysColumn(), bytesColumn()],
      rows: rows.map(({ label, sum }) => [label, sum.keys, sum.bytes]),
      heads: rows.map(({ label, action }) => rowHead(label, action)),
    },
  };
}

export function largestPicture({ largestValues, largestMetadata }: Space, what: 'values' | 'metadata'): Picture {
  const largest = what === 'values' ? largestValues : largestMetadata;
  const column = what === 'values' ? bytesColumn() : metadataColumn();
  return {
    id: `largest-${what}`,
    title: what === 'values' ? vscode.l10n.t('Largest values') : vscode.l10n.t('Largest metadata'),
    ...(largest.length === 0 && { empty: vscode.l10n.t('There is none.') }),
    chart: {
      kind: 'bars',
      xLabel: column.label,
      yLabel: column.label,
      format: 'bytes',
      marks: largest.slice(0, MOST_BARS).map(({ key, bytes }) => ({
        label: visibleText(key),
        value: bytes,
        tip: vscode.l10n.t('{0}: {1}', namedText(key), bytesText(bytes)),
        action: actionId('key', key),
      })),
    },
    table: {
      columns: [{ label: vscode.l10n.t('Key') }, column],
      rows: largest.map(({ key, bytes }) => [key, bytes]),
      heads: largest.map(({ key }) => rowHead(key, actionId('key', key))),
    },
  };
}

export function limitPicture({ nearLimits, nearLimitCounts }: Space): Picture {
  const names: Readonly<Record<LimitKind, string>> = {
    key: vscode.l10n.t('key, 512 bytes'),
    value: vscode.l10n.t('value, 25 MiB'),
    metadata: vscode.l10n.t('metadata, 1,024 bytes'),
  };
  const part = vscode.l10n.t('Part of the limit');
  const percent = (share: number): string => formatNumber(share, 'percent', locale());
  const count = nearLimitCounts.key + nearLimitCounts.value + nearLimitCounts.metadata;
  return {
    id: 'limits',
    title:
      count > nearLimits.length
        ? vscode.l10n.t('Over 90% of a limit of KV: the nearest {0} of {1}', nearLimits.length, countText(count))
        : vscode.l10n.t('Over 90% of a limit of KV'),
    ...(count === 0 && { empty: vscode.l10n.t('No key is near a limit.') }),
    chart: {
      kind: 'bars',
      xLabel: part,
      yLabel: part,
      format: 'percent',
      marks: nearLimits.slice(0, MOST_BARS).map(({ key, kind, bytes, limit }) => ({
        label: visibleText(key),
        value: bytes / limit,
        tip: vscode.l10n.t('{0}: {1}, {2}', namedText(key), names[kind], percent(bytes / limit)),
        action: actionId('key', key),
      })),
    },
    table: {
      columns: [
        { label: vscode.l10n.t('Key') },
        { label: vscode.l10n.t('Limit') },
        { label: vscode.l10n.t('Bytes'), format: 'count' },
        { label: part, format: 'percent' },
      ],
      rows: nearLimits.map(({ key, kind, bytes, limit }) => [key, names[kind], bytes, bytes / limit]),
      heads: nearLimits.map(({ key }) => rowHead(key, actionId('key', key))),
    },
  };
}
