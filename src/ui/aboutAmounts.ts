import * as l10n from '@vscode/l10n';
import { countText, dollarsText, tenthsText } from '../core/text/countText.ts';

/** "40 s", "4 min", "7.7 h", "3.2 days": approximate, for estimates and remaining time. */
export function roughTime(seconds: number): string {
  if (seconds < 90) return l10n.t('{0} s', Math.max(1, Math.round(seconds)));
  if (seconds < 5400) return l10n.t('{0} min', Math.round(seconds / 60));
  const hours = seconds / 3600;
  if (hours < 48) return l10n.t('{0} h', rounded(hours));
  return l10n.t('{0} days', rounded(hours / 24));
}

const rounded = (value: number): string =>
  value < 10 && Math.round(value * 10) % 10 !== 0 ? tenthsText(value) : countText(value);

/** "$5.54": US dollars on the paid plan, to the cent. */
export const price = (dollars: number): string =>
  dollars > 0 && dollars < 0.01 ? l10n.t('under {0}', dollarsText(0.01)) : dollarsText(dollars);
