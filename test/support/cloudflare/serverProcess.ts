import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { root } from '../../vscodeHost/paths.ts';
import type { Command, Status } from './control.ts';
import type { Served } from './serve.ts';

/** The server as a separate process, so that it takes no time from what is measured, and others can reach it. */
export interface ServerProcess extends Served {
  command(command: Command): Promise<Status>;
  stop(): Promise<void>;
}

export async function startServerProcess(): Promise<ServerProcess> {
  const child = spawn(process.execPath, [join(root, 'test', 'support', 'cloudflare', 'serve.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve());
  });
  const lines = createInterface({ input: child.stdout });
  const line = new Promise<string>((resolve) => {
    lines.once('line', resolve);
  });
  const ended = exited.then(() => Promise.reject(new Error('The server ended before it could be reached')));
  // Later, exiting is expected.
  ended.catch(() => {});
  const served: Served = JSON.parse(await Promise.race([line, ended]));
  return {
    ...served,
    async command(command) {
      const reply = await fetch(served.control, { method: 'POST', body: JSON.stringify(command) });
      return (await reply.json()) as Status;
    },
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
