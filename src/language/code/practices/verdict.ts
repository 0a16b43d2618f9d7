/** The judgment on a call; `unknown` if it could be either good or bad. */
export type Verdict = 'good' | 'bad' | 'unknown';

/** The verdict on several: bad if any is bad, otherwise unknown if any is unknown. */
export const worst = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.find((one) => one === 'bad') ?? verdicts.find((one) => one === 'unknown') ?? 'good';
