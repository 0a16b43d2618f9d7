import * as l10n from '@vscode/l10n';
import { paidPrice, shareOfFreeDay } from '../cost/pricing.ts';
import { shortText } from '../store/names.ts';
import { type CheckItem, item } from './item.ts';

/** What was done with KV in some days. */
export interface PastUse {
  readonly days: number;
  readonly reads: number;
  readonly writes: number;
  readonly deletes: number;
  readonly lists: number;
}

const DAYS_OF_MONTH = 30;

/** The cost of a month at the pace of the last days. What is beyond the free plan is right on the paid one: nobody knows which it is. */
export function costItem(use: PastUse | undefined): CheckItem {
  if (use === undefined || use.days <= 0) {
    return item('cost', 'unknown', [{ text: l10n.t('What the account has used in the last days is not known here.') }]);
  }
  const { days, reads, writes, deletes, lists } = use;
  const aDay = { reads: reads / days, writes: writes / days, deletes: deletes / days, lists: lists / days };
  const share = shareOfFreeDay(aDay);
  const price = `$${(paidPrice(aDay) * DAYS_OF_MONTH).toFixed(2)}`;
  const percent = Math.round(share * 100).toLocaleString();
  const pace = l10n.t(
    'At the pace of the last {0} days: about {1}% of the free plan’s day, and about {2} a month for operations on the paid plan.',
    days,
    percent,
    price,
  );
  if (share <= 1) return item('cost', 'passed', [{ text: pace }]);
  return item('cost', 'unknown', [
    { text: pace },
    {
      text: l10n.t(
        'The free plan would refuse a part of it; whether the account is on the paid plan is not known here.',
      ),
    },
  ]);
}

/** How often the keys were written that were written most. */
export interface WrittenKey {
  readonly source: string;
  readonly id: string;
  readonly key: string;
  /** The most within one second. */
  readonly perSecond: number;
}

/** Whether any key was written more than once a second, as far as anybody has watched. */
export function writeRateItem(watched: readonly WrittenKey[] | undefined): CheckItem {
  if (watched === undefined) {
    return item('write-rate', 'unknown', [{ text: l10n.t('Nobody has watched how often keys are written.') }]);
  }
  const often = watched.filter(({ perSecond }) => perSecond > 1);
  if (often.length === 0) {
    return item('write-rate', 'passed', [
      { text: l10n.t('While it was watched, no key was written twice in a second.') },
    ]);
  }
  return item(
    'write-rate',
    'failed',
    often.map(({ source, id, key, perSecond }) => ({
      text: l10n.t('“{0}” was written {1} times within a second.', shortText(key), perSecond),
      key: { source, id, key },
    })),
  );
}
