/*
 * Numbers of JSON by their exact value, however many digits they have.
 */

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** The same text for every spelling of one value: `1.10`, `1.1` and `11e-1` are "11e-1"; `undefined` for no number. */
function canonicalNumber(source: string): string | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(source) ?? [];
  if (whole === '') return undefined;
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0e0';
  // Its digits may be more than a number holds too.
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign}${significant}e${power}`;
}

/**
 * The one JSON text that stands for the value of a number: as JavaScript writes it where a double holds it exactly as
 * it is written, else by its digits and a power of ten.
 */
export function numberText(source: string): string {
  return survivesDouble(source) ? String(Number(source)) : (canonicalNumber(source) ?? source);
}

/** Whether a program that reads numbers as doubles, and writes them again, keeps this one's value. */
export const survivesDouble = (source: string): boolean =>
  canonicalNumber(String(Number(source))) === canonicalNumber(source);
