/** What can be told of a call: `unknown` where it may be either. */
export type Verdict = 'good' | 'bad' | 'unknown';

/** Of several of which each counts: one that is bad makes it bad, else one that is not known leaves it so. */
export const worst = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.find((one) => one === 'bad') ?? verdicts.find((one) => one === 'unknown') ?? 'good';
