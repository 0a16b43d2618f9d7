import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { killTree } from '../vscodeHost/killTree.ts';
import { root } from '../vscodeHost/paths.ts';

const longestMilliseconds = 60 * 60_000;
const longestEndMilliseconds = 15_000;

export interface ScriptOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Buffers its output until it ends, because others print meanwhile. */
  readonly isBeside?: boolean;
  /** Once this file exists, the script has done its work and must end soon. */
  readonly reportFile?: string;
}

async function lateness(reportFile: string | undefined, ended: AbortSignal): Promise<string> {
  const start = performance.now();
  let reported: number | undefined;
  for (;;) {
    await wait(500, undefined, { ref: false, signal: ended });
    const now = performance.now();
    if (reportFile && existsSync(reportFile)) {
      reported ??= now;
    }
    if (reported !== undefined && now - reported > longestEndMilliseconds) {
      return 'did not end after its report: something is still open';
    }
    if (now - start > longestMilliseconds) {
      return `did not end in ${longestMilliseconds / 60_000} minutes`;
    }
  }
}

/**
 * Runs a script of the checkout in this version of Node, with its output on ours; resolves to whether it exited with 0
 * in time.
 */
export async function runScript(
  script: string,
  args: readonly string[] = [],
  options: ScriptOptions = {},
): Promise<boolean> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: root,
    stdio: options.isBeside ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    detached: process.platform !== 'win32',
    env: { ...process.env, ...options.env },
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.push(chunk));
  const terminate = () => killTree(child, 'SIGTERM');
  process.once('exit', terminate);
  const ended = new AbortController();
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  try {
    const result = await Promise.race([exited, lateness(options.reportFile, ended.signal)]);
    if (typeof result === 'string') {
      console.error(`${script} ${result}`);
      terminate();
      await Promise.race([exited, wait(3_000, undefined, { ref: false })]);
    }
    return result === 0;
  } finally {
    ended.abort();
    // Also ends any processes that the script left running.
    killTree(child);
    process.off('exit', terminate);
    if (options.isBeside) await Promise.race([closed, wait(2_000, undefined, { ref: false })]);
    process.stdout.write(Buffer.concat(output));
  }
}
