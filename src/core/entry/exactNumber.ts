/*
 * Compares JSON numbers by their exact value, however many digits they have.
 */

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * The same string for every spelling of a value: `1.10`, `1.1` and `11e-1` all become "11e-1". `undefined` if it is not
 * a number.
 */
function canonicalNumber(source: string): string | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(source) ?? [];
  if (whole === '') return undefined;
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0e0';
  // The exponent too may have more digits than a JavaScript number can hold.
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign}${significant}e${power}`;
}

/**
 * The canonical JSON text of a number: as JavaScript writes it if a double keeps its value, else its digits and a power
 * of ten.
 */
export function numberText(source: string): string {
  return survivesDouble(source) ? String(Number(source)) : (canonicalNumber(source) ?? source);
}

/** Whether the number keeps its value when a program reads it as a double and writes it again. */
export const survivesDouble = (source: string): boolean =>
  canonicalNumber(String(Number(source))) === canonicalNumber(source);
