/** One of the possible values of something. */
export interface Reading<T> {
  readonly at: number;
  /** `undefined` if it is only known once the code runs. */
  readonly is: T | undefined;
}

/** What all readings agree on. If they differ, or one is unknown, `oddAt` is the place of the first odd one. */
export function agreed<T>(readings: readonly Reading<T>[]): { readonly is?: T; readonly oddAt?: number } {
  const [first] = readings;
  const odd = readings.find(({ is }) => is === undefined || said(is) !== said(first?.is));
  if (odd) return { oddAt: odd.at };
  return first?.is === undefined ? {} : { is: first.is };
}

/** The text of a reading for comparison. It leaves out the places. */
const said = (reading: unknown): string =>
  JSON.stringify(reading, (key, value: unknown) => (key === 'at' ? undefined : value));
