import * as l10n from '@vscode/l10n';
import {
  BYTES_PER_GB,
  type OperationKind,
  operationKinds,
  paidPrice,
  pricing,
  shareOfFreeDay,
} from '../cost/pricing.ts';
import { operationCount } from '../store/names.ts';
import { countText, dollarsText } from '../text/countText.ts';
import { daysSince } from '../usage/days.ts';
import type { Usage } from '../usage/usage.ts';
import { type CheckEvidence, type CheckItem, item } from './item.ts';

const DAYS_OF_MONTH = 30;

/** What an account has used over some days, as on the usage page. */
export interface AccountUse {
  /** The name of the account. */
  readonly account: string;
  /** For the whole account, because limits and prices apply to the account. */
  readonly usage: Pick<Usage, 'at' | 'days' | 'operations' | 'storage' | 'busiest' | 'gaps'>;
  /** Ids of the project's namespaces. */
  readonly namespaces: readonly string[];
}

export const unknownCost = (why: string): CheckItem => item('cost', 'unknown', [{ text: why }]);

/**
 * The cost per month at the pace of the last days. Use beyond the free plan's limits is fine on the paid plan, and
 * nothing tells which plan the account has.
 */
export function costItem(use: AccountUse): CheckItem {
  const { account, usage } = use;
  const { operations, storage } = usage;
  const reasons = new Set(usage.gaps.filter(({ part }) => part !== 'latency').map(({ reason }) => reason));
  const missing = [...reasons].map((reason): CheckEvidence => ({ text: l10n.t('{0}: {1}', account, reason) }));
  const passedDays = daysSince(usage.days[0] ?? '', usage.at);
  if (operations === undefined || !(passedDays > 0)) {
    const text = l10n.t('{0}: Cloudflare gave no numbers of the last days.', account);
    return item('cost', 'unknown', missing.length > 0 ? missing : [{ text }]);
  }
  const kept = storage?.flatMap(({ bytes }) => bytes ?? []) ?? [];
  const bytes = kept.at(-1);
  const freeShare = Math.max(...operations.map(shareOfFreeDay), ...kept.map((one) => one / pricing.freeBytes));
  const price = operationKinds.reduce(
    (sum, kind) => {
      const count = operations.reduce((total, day) => total + day[kind], 0);
      return sum + priceBeyond(kind, (count / passedDays) * DAYS_OF_MONTH);
    },
    priceOfStorage(bytes ?? 0),
  );
  const pace = l10n.t(
    '{0}, as Cloudflare estimates it: in the last {1} days at most about {2}% of the free plan’s limits, and at this pace about {3} a month on the paid plan beyond its base fee (prices of {4}).',
    account,
    usage.days.length,
    countText(Math.ceil(freeShare * 100)),
    dollarsText(price),
    pricing.asOf,
  );
  const evidence = [{ text: pace }, ...shareOfProject(use), ...missing];
  if (freeShare > 1) {
    const text = l10n.t(
      'The free plan would refuse a part of it; whether the account is on the paid plan is not known here.',
    );
    return item('cost', 'unknown', [...evidence, { text }]);
  }
  // A limit whose use is unknown may have been exceeded.
  return item('cost', missing.length > 0 || bytes === undefined ? 'unknown' : 'passed', evidence);
}

const priceBeyond = (kind: OperationKind, count: number): number =>
  paidPrice({ [kind]: Math.max(0, count - pricing.includedPerMonth[kind]) });

const priceOfStorage = (bytes: number): number =>
  (Math.max(0, bytes - pricing.includedBytes) / BYTES_PER_GB) * pricing.paidPerGbMonth;

/** How much of the use is caused by this project. */
function shareOfProject({ usage, namespaces }: AccountUse): CheckEvidence[] {
  const { busiest } = usage;
  if (busiest === undefined) return [];
  const sum = (of: typeof busiest): number => of.reduce((total, one) => total + one.total, 0);
  const all = sum(busiest);
  const own = sum(busiest.filter(({ namespace }) => namespaces.includes(namespace)));
  if (all === 0) return [];
  const percent = Math.round((own / all) * 100);
  return [
    {
      text: l10n.t(
        'The namespaces of this config had about {0}: {1}% of those of the account.',
        operationCount(own),
        percent,
      ),
    },
  ];
}
