import { locale } from './locale.ts';

/** "12,400": a count as the sentence around it writes it. */
export const countText = numberFormat({ maximumFractionDigits: 0 });

/** "1.5", "2.0": to the tenth. */
export const tenthsText = numberFormat({ minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** "$5.54": US dollars to the cent. */
export const dollarsText = numberFormat({ style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' });

/** Writes numbers in the {@link locale} of the moment; making an `Intl.NumberFormat` takes long, so each is kept. */
function numberFormat(options: Intl.NumberFormatOptions): (value: number) => string {
  const formats = new Map<string, Intl.NumberFormat>();
  return (value) => {
    const language = locale();
    const format = formats.get(language) ?? new Intl.NumberFormat(language, options);
    formats.set(language, format);
    return format.format(value);
  };
}
