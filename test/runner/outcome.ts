/** The result of one stage of the test run. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What to repeat at the end of the run: the full names of failed tests, with the beginning of their messages. */
  readonly failures: readonly string[];
}

/** The outcome of a stage that is a single check. */
export function single(name: string, ok: boolean): Outcome {
  return ok
    ? { passed: 1, failed: 0, skipped: 0, failures: [] }
    : { passed: 0, failed: 1, skipped: 0, failures: [name] };
}

/** The outcome of a stage that ran in several steps. */
export function together(outcomes: readonly Outcome[]): Outcome {
  const sum = (field: 'passed' | 'failed' | 'skipped') =>
    outcomes.reduce((total, outcome) => total + outcome[field], 0);
  return {
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    failures: outcomes.flatMap(({ failures }) => failures),
  };
}
