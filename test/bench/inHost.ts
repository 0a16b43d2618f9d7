import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runHostSuite } from '../runner/host.ts';
import { runFolder } from '../runner/runFolder.ts';
import { measuredVariable } from './host/measured.ts';
import { buildShipped } from './shipped.ts';

let runs = 0;

/**
 * Runs a file of `test/bench/host` in a fresh extension host, with the extension as it is shipped, for what it
 * measured.
 */
export async function inHost<T>(suite: string, workspace: string): Promise<T> {
  await buildShipped();
  const name = `bench-${suite}-${++runs}`;
  const file = join(runFolder, `${name}-measured.json`);
  const { failures } = await runHostSuite({
    name,
    files: [`test/bench/host/${suite}.ts`],
    workspace,
    env: { [measuredVariable]: file },
  });
  if (failures.length > 0) throw new Error(failures.join('\n'));
  return JSON.parse(readFileSync(file, 'utf8'));
}
