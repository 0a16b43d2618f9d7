// Runs inside the extension host; VS Code calls `run`.
import { join } from 'node:path';
import Mocha from 'mocha';
import Reporter from './reporter.ts';

/** Runs the bundled host tests; rejects if one fails. */
export async function run(): Promise<void> {
  process.setSourceMapsEnabled(true);
  const grep = process.env.KV_TEST_GREP;
  const mocha = new Mocha({ reporter: Reporter, timeout: 120_000, slow: 2_000, grep, forbidOnly: grep === undefined });
  mocha.addFile(join(__dirname, 'tests.cjs'));
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) {
    throw new Error(`${failures} tests failed`);
  }
}
