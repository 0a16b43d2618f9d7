import { appendFileSync, writeFileSync } from 'node:fs';
import { format } from 'node:util';
import Mocha from 'mocha';
import type { Outcome } from './outcome.ts';

/** Environment variables that tell a mocha run where to write its results. */
export const reportFileVariable = 'KV_TEST_REPORT';
export const logFileVariable = 'KV_TEST_LOG';

const logFile = process.env[logFileVariable];
if (logFile) {
  // The extension host's console never reaches the terminal.
  Mocha.reporters.Base.consoleLog = (...line: unknown[]) => appendFileSync(logFile, `${format(...line)}\n`);
}

/** How many of the slowest suites to list. */
const LONGEST = 12;
/** How much of the message of a failed test to repeat at the end, in lines. */
const MESSAGE_LINES = 12;

/** Prints like mocha's own `spec` reporter, and writes an {@link Outcome} to the file named by KV_TEST_REPORT. */
export default class Reporter extends Mocha.reporters.Spec {
  /** Milliseconds by title of the outermost suite, including hooks. */
  readonly #took = new Map<string, number>();

  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const { EVENT_TEST_END, EVENT_HOOK_END } = Mocha.Runner.constants;
    for (const event of [EVENT_TEST_END, EVENT_HOOK_END]) {
      runner.on(event, (ended: Mocha.Runnable) => {
        const [suite = '', ...rest] = ended.titlePath();
        // A hook outside of any suite.
        if (rest.length === 0) return;
        this.#took.set(suite, (this.#took.get(suite) ?? 0) + (ended.duration ?? 0));
      });
    }
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
      failures: this.failures.map((test) => `${test.fullTitle()}: ${summary(test.err)}`),
    };
    const longest = [...this.#took].sort(([, a], [, b]) => b - a).slice(0, LONGEST);
    const seconds = longest.map(([suite, ms]) => `${suite} ${(ms / 1000).toFixed(0)} s`);
    Mocha.reporters.Base.consoleLog(`Longest: ${seconds.join(', ')}`);
    writeFileSync(reportFile, JSON.stringify(outcome));
  }
}

/** The message of an error, cut off, and the place in the tests where it was thrown. */
function summary(error: Error | undefined): string {
  const lines = (error?.message ?? '').split('\n').filter((line) => line.trim() !== '');
  const place = error?.stack?.split('\n').find((line) => /^\s*at .*\btest\b/.test(line));
  return [...lines.slice(0, MESSAGE_LINES), ...(place === undefined ? [] : [place.trim()])].join('\n    ');
}
