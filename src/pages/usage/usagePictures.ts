import * as vscode from 'vscode';
import { operationKinds } from '../../core/cost/pricing.ts';
import { operationCount } from '../../core/store/names.ts';
import { isolated } from '../../core/text/isolated.ts';
import { locale } from '../../core/text/locale.ts';
import { visibleText } from '../../core/text/visibleText.ts';
import type { Usage } from '../../core/usage/usage.ts';
import { rowHead } from '../rowHead.ts';
import type { DayMark, NumberFormat, Picture } from '../shared/model.ts';
import { formatNumber } from '../shared/numbers.ts';
import { daysText, dayText, kindNames } from './usageTexts.ts';

/** The most bars, enough to tell busy namespaces from the rest. The table has all of them. */
const MOST_BARS = 10;

const numberText = (value: number | null, format: NumberFormat): string => formatNumber(value, format, locale());

const noNumbers = (): string =>
  vscode.l10n.t('Cloudflare has counted nothing in this time. New numbers appear a few minutes after the work.');

export function operationsPicture({ operations = [], days }: Usage): Picture {
  const names = kindNames();
  const isEmpty = operations.every((day) => operationKinds.every((kind) => day[kind] === 0));
  return {
    id: 'operations',
    title: vscode.l10n.t('Operations a day, {0}', daysText(days.length)),
    ...(isEmpty && { empty: noNumbers() }),
    chart: {
      kind: 'columns',
      days,
      xLabel: vscode.l10n.t('Day (UTC)'),
      yLabel: vscode.l10n.t('Operations'),
      format: 'count',
      series: operationKinds.map((kind) => names[kind]),
      marks: operations.flatMap((counts) =>
        operationKinds.flatMap((kind, series) =>
          counts[kind] === 0
            ? []
            : [
                {
                  x: counts.day,
                  y: counts[kind],
                  series,
                  tip: markText(counts.day, names[kind], counts[kind], 'count'),
                },
              ],
        ),
      ),
    },
    table: {
      columns: [dayColumn(), ...operationKinds.map((kind) => ({ label: names[kind], format: 'count' as const }))],
      rows: operations.map((counts) => [counts.day, ...operationKinds.map((kind) => counts[kind])]),
    },
  };
}

export function latencyPicture({ latencyByDay = [], days }: Usage, quantile: 'p50' | 'p99'): Picture {
  const names = kindNames();
  const isEmpty = latencyByDay.every((reading) => reading[quantile] === undefined);
  const title =
    quantile === 'p50'
      ? vscode.l10n.t('Latency a day, half of the operations were faster (p50), {0}', daysText(days.length))
      : vscode.l10n.t('Latency a day, 99% of the operations were faster (p99), {0}', daysText(days.length));
  const numberOf = (day: string, kind: string): number | null =>
    latencyByDay.find((one) => one.day === day && one.kind === kind)?.[quantile] ?? null;
  return {
    id: `latency-${quantile}`,
    title,
    ...(isEmpty && { empty: noNumbers() }),
    chart: {
      kind: 'lines',
      days,
      xLabel: vscode.l10n.t('Day (UTC)'),
      yLabel: vscode.l10n.t('Milliseconds'),
      format: 'milliseconds',
      series: operationKinds.map((kind) => names[kind]),
      marks: operationKinds.flatMap((kind, series) =>
        days.map((day): DayMark => {
          const y = numberOf(day, kind);
          return { x: day, y, series, tip: markText(day, names[kind], y, 'milliseconds') };
        }),
      ),
    },
    table: {
      columns: [
        dayColumn(),
        ...operationKinds.map((kind) => ({ label: names[kind], format: 'milliseconds' as const })),
      ],
      rows: days.map((day) => [day, ...operationKinds.map((kind) => numberOf(day, kind))]),
    },
  };
}

/** Latencies over all days together. */
export function latencyTable({ latency, days }: Usage): Picture {
  const names = kindNames();
  const isEmpty = operationKinds.every(
    (kind) => latency?.[kind].p50 === undefined && latency?.[kind].p99 === undefined,
  );
  return {
    id: 'latency',
    title: vscode.l10n.t('Latency by operation, {0}', daysText(days.length)),
    ...(isEmpty && { empty: noNumbers() }),
    table: {
      columns: [
        { label: vscode.l10n.t('Operation') },
        { label: 'p50', format: 'milliseconds' },
        { label: 'p99', format: 'milliseconds' },
      ],
      rows: operationKinds.map((kind) => [names[kind], latency?.[kind].p50 ?? null, latency?.[kind].p99 ?? null]),
    },
  };
}

export function storagePicture({ storage = [], days }: Usage, what: 'keys' | 'bytes'): Picture {
  const format = what === 'keys' ? 'count' : 'bytes';
  const name = what === 'keys' ? vscode.l10n.t('Keys') : vscode.l10n.t('Bytes');
  return {
    id: `stored-${what}`,
    title:
      what === 'keys'
        ? vscode.l10n.t('Keys kept, {0}', daysText(days.length))
        : vscode.l10n.t('Bytes kept, {0}', daysText(days.length)),
    ...(storage.every((day) => day[what] === undefined) && { empty: noNumbers() }),
    chart: {
      kind: 'lines',
      days,
      xLabel: vscode.l10n.t('Day (UTC)'),
      yLabel: name,
      format,
      series: [name],
      marks: storage.map((one) => {
        const y = one[what] ?? null;
        return { x: one.day, y, series: 0, tip: markText(one.day, name, y, format) };
      }),
    },
    table: {
      columns: [dayColumn(), { label: name, format }],
      rows: storage.map((one) => [one.day, one[what] ?? null]),
    },
  };
}

/** `nameOf` returns the name of a namespace by its id. */
export function busiestPicture({ busiest = [], days }: Usage, nameOf: (id: string) => string): Picture {
  const names = kindNames();
  const total = vscode.l10n.t('Operations');
  return {
    id: 'busiest',
    title: vscode.l10n.t('Operations by namespace, {0}', daysText(days.length)),
    ...(busiest.length === 0 && { empty: noNumbers() }),
    chart: {
      kind: 'bars',
      xLabel: total,
      yLabel: total,
      format: 'count',
      marks: busiest.slice(0, MOST_BARS).map((one) => ({
        label: visibleText(nameOf(one.namespace)),
        value: one.total,
        tip: vscode.l10n.t('{0}: {1}', isolated(visibleText(nameOf(one.namespace))), operationCount(one.total)),
      })),
    },
    table: {
      columns: [
        { label: vscode.l10n.t('Namespace') },
        ...operationKinds.map((kind) => ({ label: names[kind], format: 'count' as const })),
        { label: total, format: 'count' },
      ],
      rows: busiest.map((one) => [nameOf(one.namespace), ...operationKinds.map((kind) => one[kind]), one.total]),
      heads: busiest.map((one) => rowHead(nameOf(one.namespace))),
    },
  };
}

const dayColumn = () => ({ label: vscode.l10n.t('Day (UTC)') });

const markText = (day: string, name: string, value: number | null, format: NumberFormat): string =>
  vscode.l10n.t('{0}, {1}: {2}', dayText(day), name, numberText(value, format));
