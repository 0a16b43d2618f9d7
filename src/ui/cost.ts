import * as vscode from 'vscode';
import { estimate, MOMENT_SECONDS } from '../core/cost/estimate.ts';
import { type Operations, paidPrice, shareOfFreeDay } from '../core/cost/pricing.ts';
import { countText, dollarsText } from '../core/text/countText.ts';

const OPERATION_NAMES: Record<keyof Operations, { one(): string; many(count: string): string }> = {
  reads: { one: () => vscode.l10n.t('1 read'), many: (count) => vscode.l10n.t('{0} reads', count) },
  writes: { one: () => vscode.l10n.t('1 write'), many: (count) => vscode.l10n.t('{0} writes', count) },
  deletes: { one: () => vscode.l10n.t('1 delete'), many: (count) => vscode.l10n.t('{0} deletes', count) },
  lists: { one: () => vscode.l10n.t('1 list'), many: (count) => vscode.l10n.t('{0} lists', count) },
};

/**
 * "2 requests, 12,400 deletes: 12 times the free plan's day, about $0.06 on the paid plan.", and the duration if it is
 * more than a moment. `bytes` is the size of the values written.
 */
export function costText(operations: Operations, bytes = 0): string {
  const { requests, seconds } = estimate(operations, bytes);
  const parts = (Object.entries(operations) as [keyof Operations, number][])
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => (count === 1 ? OPERATION_NAMES[kind].one() : OPERATION_NAMES[kind].many(countText(count))));
  const asked = requests === 1 ? vscode.l10n.t('1 request') : vscode.l10n.t('{0} requests', countText(requests));
  const cost = vscode.l10n.t(
    '{0}: {1}, {2} on the paid plan.',
    [asked, ...parts].join(', '),
    shareText(shareOfFreeDay(operations)),
    priceText(paidPrice(operations)),
  );
  const { reads = 0 } = operations;
  return [
    cost,
    // The API returns many values at once only as text, and which of them are not text is known only after the read.
    ...(reads > 1 ? [vscode.l10n.t('Each value that is not text takes one more request.')] : []),
    ...(seconds < MOMENT_SECONDS ? [] : [durationText(Math.ceil(seconds))]),
  ].join(' ');
}

const durationText = (seconds: number): string =>
  seconds < 120
    ? vscode.l10n.t('It takes about {0} s.', seconds)
    : vscode.l10n.t('It takes about {0} min.', Math.round(seconds / 60));

function shareText(share: number): string {
  if (share >= 1.5) return vscode.l10n.t('{0} times the free plan’s day', countText(Math.round(share)));
  const percent = share * 100;
  return percent < 1
    ? vscode.l10n.t('under 1% of the free plan’s day')
    : vscode.l10n.t('{0}% of the free plan’s day', Math.round(percent));
}

const priceText = (dollars: number): string =>
  dollars < 0.01 ? vscode.l10n.t('under $0.01') : vscode.l10n.t('about {0}', dollarsText(dollars));
