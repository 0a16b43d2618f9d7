import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Runs a script of the checkout, at its top level, in the Node that runs this one; throws unless it exits with 0. */
export function run(script: string, args: readonly string[] = []): void {
  const { status, error } = spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    throw error ?? new Error(`${script} exited with ${status}`);
  }
}
