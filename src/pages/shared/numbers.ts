import type { NumberFormat } from './model.ts';

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** A number in readable form; a dash if not known. */
export function formatNumber(value: number | null, format: NumberFormat, language: string): string {
  if (value === null) return '–';
  const plain = (options: Intl.NumberFormatOptions): string => value.toLocaleString(language, options);
  switch (format) {
    case 'count':
      return plain({ maximumFractionDigits: 0 });
    case 'milliseconds':
      return `${plain({ maximumFractionDigits: 1 })} ms`;
    case 'dollars':
      return plain({ style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' });
    case 'percent':
      return plain({ style: 'percent', maximumFractionDigits: value < 0.1 ? 1 : 0 });
    case 'bytes':
      return bytes(value, language);
  }
}

/** In units of 1,000, as Cloudflare bills them. */
function bytes(value: number, language: string): string {
  let unit = 0;
  let rest = value;
  // A value that rounds up to the next unit is shown in that unit.
  while (Math.round(rest) >= 1000 && unit < BYTE_UNITS.length - 1) {
    rest /= 1000;
    unit++;
  }
  return `${rest.toLocaleString(language, { maximumFractionDigits: unit === 0 || rest >= 100 ? 0 : 1 })} ${BYTE_UNITS[unit]}`;
}
