import { locale } from './locale.ts';

/** "12,400": a count, in the format of the user interface's language. */
export const countText = numberFormat({ maximumFractionDigits: 0 });

/** "1.5", "2.0": one decimal place. */
export const tenthsText = numberFormat({ minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** "$5.54": US dollars with cents. */
export const dollarsText = numberFormat({ style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' });

/** Formats numbers in the current {@link locale}. Creating an `Intl.NumberFormat` is slow, so they are cached. */
function numberFormat(options: Intl.NumberFormatOptions): (value: number) => string {
  const formats = new Map<string, Intl.NumberFormat>();
  return (value) => {
    const language = locale();
    const format = formats.get(language) ?? new Intl.NumberFormat(language, options);
    formats.set(language, format);
    return format.format(value);
  };
}
