import { appendFileSync, writeFileSync } from 'node:fs';
import { format } from 'node:util';
import Mocha from 'mocha';
import type { Outcome } from './outcome.ts';

/** Environment variables that tell a mocha run where to leave its results. */
export const reportFileVariable = 'KV_TEST_REPORT';
export const logFileVariable = 'KV_TEST_LOG';

const logFile = process.env[logFileVariable];
if (logFile) {
  // The extension host's console never reaches the terminal.
  Mocha.reporters.Base.consoleLog = (...line: unknown[]) => appendFileSync(logFile, `${format(...line)}\n`);
}

/** Prints as mocha's own `spec` does and leaves an {@link Outcome} in the file named by KV_TEST_REPORT. */
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => this.write());
  }

  private write(): void {
    const reportFile = process.env[reportFileVariable];
    if (!reportFile) {
      return;
    }
    const outcome: Outcome = {
      passed: this.stats.passes,
      failed: this.stats.failures,
      skipped: this.stats.pending,
      failures: this.failures.map((test) => `${test.fullTitle()}: ${test.err?.message.split('\n', 1)[0]}`),
    };
    writeFileSync(reportFile, JSON.stringify(outcome));
  }
}
