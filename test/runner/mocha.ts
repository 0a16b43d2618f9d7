import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sample, sampleVariable } from '../sample/copy.ts';
import { root } from '../vscodeHost/paths.ts';
import { runScript } from './command.ts';
import { type Outcome, single } from './outcome.ts';
import { reportFileVariable } from './reporter.ts';
import { runFolder, temporaryFolder } from './runFolder.ts';

/** All test files of a stage, sorted, relative to the checkout. */
export function testFiles(stage: string): string[] {
  return globSync(`test/${stage}/**/*.test.ts`, { cwd: root }).sort();
}

/** Runs something that writes an outcome to a file; a run that ends without one has failed. */
export async function withReport(stage: string, run: (reportFile: string) => Promise<boolean>): Promise<Outcome> {
  const reportFile = join(runFolder, `${stage}.json`);
  const ok = await run(reportFile);
  let outcome: Outcome;
  try {
    outcome = JSON.parse(readFileSync(reportFile, 'utf8'));
  } catch {
    return single(`${stage}: ended without a report`, false);
  }
  if (outcome.passed + outcome.failed === 0) {
    return single(`${stage}: no test ran`, false);
  }
  return ok || outcome.failed > 0 ? outcome : { ...outcome, ...broken(outcome, stage) };
}

function broken({ failed, failures }: Outcome, stage: string): Pick<Outcome, 'failed' | 'failures'> {
  return { failed: failed + 1, failures: [...failures, `${stage}: did not end cleanly`] };
}

/** Runs the test files of a stage in plain mocha, unbundled. */
export async function runMocha(stage: string, grep: string | undefined, isBeside: boolean): Promise<Outcome> {
  const files = testFiles(stage);
  if (files.length === 0) {
    return single(`${stage}: no test files`, false);
  }
  // Each file uses its own servers, ports and folders.
  const jobs = stage === 'contract' ? ['--parallel', '--jobs', '2'] : [];
  const filter = grep === undefined ? ['--forbid-only'] : ['--grep', grep];
  // A workbench is slow on a busy machine.
  const limit = stage === 'ui' ? ['--timeout', '300000'] : [];
  // Some tests look at what is left in their temporary folder.
  const temporary = join(temporaryFolder, stage);
  mkdirSync(temporary, { recursive: true });
  // Created once here, rather than by each process.
  const given: Readonly<Record<string, string>> = stage === 'ui' ? { [sampleVariable]: await sample() } : {};
  const args = ['--reporter', './test/runner/reporter.ts', ...limit, ...jobs, ...filter, ...files];
  return await withReport(stage, (reportFile) =>
    runScript('node_modules/mocha/bin/mocha.js', args, {
      env: {
        [reportFileVariable]: reportFile,
        TMPDIR: temporary,
        ...given,
      },
      reportFile,
      isBeside,
    }),
  );
}
