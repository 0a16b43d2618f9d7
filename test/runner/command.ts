import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { killTree } from '../vscodeHost/killTree.ts';
import { root } from '../vscodeHost/paths.ts';

const longestMilliseconds = 8 * 60_000;

/** Runs a script of the checkout in this Node, its output on ours; resolves to whether it exited with 0 in time. */
export async function runScript(
  script: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: root,
    stdio: 'inherit',
    detached: process.platform !== 'win32',
    env: { ...process.env, ...env },
  });
  const kill = () => killTree(child);
  process.once('exit', kill);
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const code = await Promise.race([exited, wait(longestMilliseconds, 'late' as const, { ref: false })]);
  if (code === 'late') {
    console.error(`${script} did not end in ${longestMilliseconds / 60_000} minutes`);
  }
  // Also what the script left running behind it.
  kill();
  process.off('exit', kill);
  return code === 0;
}
