import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../vscodeHost/paths.ts';

/** Not wrangler's launcher, which only starts another process with this file. */
export const wranglerEntry = join(root, 'node_modules', 'wrangler', 'wrangler-dist', 'cli.js');

export interface WranglerResult {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs the pinned wrangler in a folder, without a shell, an account or telemetry. */
export async function wrangler(folder: string, ...args: string[]): Promise<WranglerResult> {
  const child = spawn(process.execPath, ['--no-warnings', wranglerEntry, ...args], {
    cwd: folder,
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_LOG_PATH: join(folder, 'logs'),
      CI: 'true',
      FORCE_COLOR: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}

/** A Worker project whose bindings are given as `{ binding: id }`. */
export function writeProject(folder: string, bindings: Record<string, string>): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'worker.js'), 'export default { fetch: () => new Response("ok") };');
  writeFileSync(
    join(folder, 'wrangler.jsonc'),
    JSON.stringify({
      name: 'interop',
      main: 'worker.js',
      compatibility_date: '2026-01-01',
      kv_namespaces: Object.entries(bindings).map(([binding, id]) => ({ binding, id })),
    }),
  );
}
