/** One reading of what may be several. */
export interface Reading<T> {
  readonly at: number;
  /** `undefined` where it must be run to be known. */
  readonly is: T | undefined;
}

/** What all readings say; where they do not, or one says nothing, the place of the first such. */
export function agreed<T>(readings: readonly Reading<T>[]): { readonly is?: T; readonly oddAt?: number } {
  const [first] = readings;
  const odd = readings.find(({ is }) => is === undefined || said(is) !== said(first?.is));
  if (odd) return { oddAt: odd.at };
  return first?.is === undefined ? {} : { is: first.is };
}

/** Wherever it is said. */
const said = (reading: unknown): string =>
  JSON.stringify(reading, (key, value: unknown) => (key === 'at' ? undefined : value));
