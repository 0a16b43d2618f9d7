import * as vscode from 'vscode';
import { locale } from '../../core/text/locale.ts';
import type { CostItem } from '../../core/usage/plans.ts';
import type { Usage } from '../../core/usage/usage.ts';
import type { Picture } from '../shared/model.ts';
import { formatNumber } from '../shared/numbers.ts';
import { itemName, monthText } from './usageTexts.ts';

const numberText = formatNumber;

/**
 * How much of the free plan's day is used. Amounts are counts for operations and bytes for storage, so they are texts.
 */
export function freePicture({ freeToday = [] }: Usage): Picture {
  return {
    id: 'free-plan',
    title: vscode.l10n.t('Used of the free plan today, by the whole account'),
    table: {
      columns: [
        { label: vscode.l10n.t('Item') },
        { label: vscode.l10n.t('Used, about'), format: 'count' },
        { label: vscode.l10n.t('Limit'), format: 'count' },
        { label: vscode.l10n.t('Share'), format: 'percent' },
      ],
      rows: freeToday.map(({ item, used, limit, share }) => [
        itemName(item),
        amountText(item, used),
        amountText(item, limit),
        share ?? null,
      ]),
    },
  };
}

export function costPicture({ month }: Usage): Picture {
  const isWhole = month?.items.every(({ cost }) => cost !== undefined);
  const total = isWhole ? vscode.l10n.t('Total') : vscode.l10n.t('Total without storage');
  return {
    id: 'month-cost',
    title: vscode.l10n.t('Cost on the paid plan in {0}, about', monthText(month?.from ?? '1970-01-01')),
    table: {
      columns: [
        { label: vscode.l10n.t('Item') },
        { label: vscode.l10n.t('So far'), format: 'count' },
        { label: vscode.l10n.t('Included'), format: 'count' },
        { label: vscode.l10n.t('Cost so far'), format: 'dollars' },
        { label: vscode.l10n.t('At this pace'), format: 'count' },
        { label: vscode.l10n.t('Cost at this pace'), format: 'dollars' },
      ],
      rows: [...(month?.items ?? []).map(costRow), [total, '', '', month?.cost ?? null, '', month?.paceCost ?? null]],
    },
  };
}

const costRow = ({ item, used, included, cost, paceUsed, paceCost, isFilledIn }: CostItem) => [
  isFilledIn ? vscode.l10n.t('Storage, days without numbers as the others') : itemName(item),
  amountText(item, used),
  amountText(item, included),
  cost ?? null,
  amountText(item, paceUsed),
  paceCost ?? null,
];

/** Counts stay numbers, for files. Bytes have their unit. */
const amountText = (item: CostItem['item'], amount: number | undefined): string | number | null => {
  if (amount === undefined) return null;
  return item === 'storage' ? numberText(amount, 'bytes', locale()) : Math.round(amount);
};
