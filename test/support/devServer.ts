import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { root } from '../vscodeHost/paths.ts';
import { freePort } from './freePort.ts';
import { wranglerEntry } from './wrangler.ts';

const viteEntry = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
const START_MS = 60_000;
const STOP_MS = 10_000;

export interface DevServerOptions {
  /** 0 takes any free port. */
  readonly port?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();
// Processes left over by a test must not outlive the run.
process.on('exit', () => {
  for (const child of running) signalGroup(child, 'SIGKILL');
});

/** The dev registry for servers started here, so that the developer's own is left alone. */
export const registryIn = (folder: string): string => join(folder, 'registry');

/**
 * Makes servers of every kind and version register there. The second variable takes precedence in those that know it.
 */
export const registryEnv = (registry: string) => ({
  WRANGLER_REGISTRY_PATH: registry,
  CLOUDFLARE_DEV_REGISTRY_PATH: registry,
});

/** A real `wrangler dev`, or Vite with Cloudflare's plugin, in its own process group. */
export class DevServer {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #output: () => string;

  private constructor(child: ChildProcess, port: number, output: () => string) {
    this.#child = child;
    this.port = port;
    this.#output = output;
  }

  /** Resolves when it reports that it is ready. */
  static async start(folder: string, { port = 0, args = [], env = {} }: DevServerOptions = {}): Promise<DevServer> {
    const place = ['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'];
    return await DevServer.#start(folder, [wranglerEntry, 'dev', ...place, ...args], env);
  }

  /** The same for `vite dev`, in a folder of {@link writeViteConfig}. */
  static async startVite(folder: string, env: Readonly<Record<string, string>> = {}): Promise<DevServer> {
    const port = String(await freePort());
    return await DevServer.#start(folder, [viteEntry, 'dev', '--host', '127.0.0.1', '--port', port], env);
  }

  static async #start(folder: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, ['--no-warnings', ...args], {
      cwd: folder,
      detached: true,
      env: { ...quietEnv(folder), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    let output = '';
    const ready = Promise.withResolvers<number>();
    const hear = (chunk: Buffer): void => {
      output += chunk;
      const found = /(?:Ready on|Local:) +https?:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      if (found !== undefined) ready.resolve(Number(found));
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.on('error', ready.reject);
    child.on('exit', (code) => ready.reject(new Error(`the dev server ended with ${code}:\n${output}`)));
    const late = setTimeout(() => ready.reject(new Error(`the dev server is not ready:\n${output}`)), START_MS);
    try {
      return new DevServer(child, await ready.promise, () => output);
    } catch (error) {
      signalGroup(child, 'SIGKILL');
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  /** Everything that it has printed. */
  get output(): string {
    return this.#output();
  }

  /** Sends a request to the Worker. */
  async fetch(path: string, init?: RequestInit): Promise<Response> {
    return await fetch(`http://127.0.0.1:${this.port}${path}`, init);
  }

  /** Stops it like Ctrl+C; resolves when all its processes are gone. */
  async stop(): Promise<void> {
    await this.#end('SIGINT');
  }

  /** Kills all its processes at once. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Kills only wrangler: its runtime goes on serving, and holds the state folder. */
  async killWrangler(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const end = performance.now() + STOP_MS;
    signalGroup(this.#child, signal);
    while (signalGroup(this.#child, 0)) {
      if (performance.now() > end) signalGroup(this.#child, 'SIGKILL');
      await wait(20);
    }
    running.delete(this.#child);
  }
}

/** No network requests, no telemetry, and nothing stored outside the folder. */
const quietEnv = (folder: string): NodeJS.ProcessEnv => ({
  ...process.env,
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_LOG_PATH: join(folder, 'logs'),
  ...registryEnv(registryIn(folder)),
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  CI: 'true',
  FORCE_COLOR: '0',
  NO_COLOR: '1',
});

/** Runs `vite build`; resolves when it has succeeded. */
export async function buildWithVite(folder: string): Promise<void> {
  const options = { cwd: folder, env: quietEnv(folder), timeout: START_MS };
  await promisify(execFile)(process.execPath, [viteEntry, 'build'], options);
}

/**
 * Writes the config of a Vite app into this folder, with further settings around the plugin, which comes from our own
 * packages.
 */
export function writeViteConfig(folder: string, options: string, { before = '', after = '' } = {}): void {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  writeFileSync(
    join(folder, 'vite.config.mjs'),
    `import { cloudflare } from '@cloudflare/vite-plugin';
export default { ${[before, `plugins: [cloudflare(${options})]`, 'clearScreen: false', after].filter(Boolean).join(', ')} };\n`,
  );
}

/** False if the group is gone. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** A project for {@link DevServer}. Bindings are given as `{ binding: id }`; `more` replaces other settings. */
export function writeDevProject(
  folder: string,
  {
    name = 'beside',
    bindings,
    script,
    more = {},
  }: { name?: string; bindings: Record<string, string>; script?: string; more?: Readonly<Record<string, unknown>> },
): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'worker.js'), script ?? 'export default { fetch: () => new Response("ok") };');
  writeFileSync(
    join(folder, 'wrangler.jsonc'),
    JSON.stringify({
      name,
      main: 'worker.js',
      compatibility_date: '2026-01-01',
      kv_namespaces: Object.entries(bindings).map(([binding, id]) => ({ binding, id })),
      ...more,
    }),
  );
}
