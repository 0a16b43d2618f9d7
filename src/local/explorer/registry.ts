import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { isDirectory } from './isDirectory.ts';
import { isTable } from './reply.ts';

/** A Worker that some dev server of this machine and user runs, or ran until its process was killed. */
export interface Registration {
  readonly name: string;
  /** Differs between two runs of a server. */
  readonly instance: string;
  /** An address and a port of its runtime, which takes connections as long as that runs. */
  readonly debugAddress?: string;
  readonly debugPort?: number;
  /** When it registered; Unix milliseconds. */
  readonly since: number;
  /** From then on it counts as gone unless its heartbeat is heard again; Unix milliseconds. */
  readonly freshUntil: number;
}

/** Heartbeats of wrangler 4.156 come every 10 s, those of 4.86, which writes no instance id, every 30 s (source). */
const STALE_MS = 90_000;
const OLD_STALE_MS = 300_000;

/**
 * The folder in which dev servers make themselves known, one file per Worker's name (wrangler 4.156, source): it says
 * that a server runs, not where. It need not exist.
 */
export function registryFolder(env: NodeJS.ProcessEnv = process.env, home = homedir(), platform = process.platform) {
  const given = env.CLOUDFLARE_DEV_REGISTRY_PATH || env.WRANGLER_REGISTRY_PATH;
  if (given) return given;
  const inHome = join(home, '.wrangler');
  return join(isDirectory(inHome) ? inHome : join(configFolder(env, home, platform), '.wrangler'), 'registry');
}

function configFolder(env: NodeJS.ProcessEnv, home: string, platform: NodeJS.Platform): string {
  if (env.XDG_CONFIG_HOME) return env.XDG_CONFIG_HOME;
  if (platform === 'darwin') return join(home, 'Library', 'Preferences');
  if (platform === 'win32') return join(env.APPDATA || join(home, 'AppData', 'Roaming'), 'xdg.config');
  return join(home, '.config');
}

/** Everything registered, stale or not. Never rejects: what is not there or not readable is not registered. */
export async function readRegistry(folder: string): Promise<readonly Registration[]> {
  const names = await readdir(folder).catch(() => []);
  const read = await Promise.all(names.map((name) => readRegistration(folder, name)));
  return read.filter((registration) => registration !== undefined);
}

/** `name` may come from a server, so it is not trusted to be a file name. */
export async function readRegistration(folder: string, name: string): Promise<Registration | undefined> {
  if (name === '' || basename(name) !== name) return undefined;
  const path = join(folder, name);
  try {
    const [text, { mtimeMs, birthtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    const json: unknown = JSON.parse(text);
    if (!isTable(json)) return undefined;
    const { instanceId, debugPortAddress } = json;
    const staleMs = instanceId === undefined ? OLD_STALE_MS : STALE_MS;
    const instance = JSON.stringify([instanceId, debugPortAddress]);
    const address = typeof debugPortAddress === 'string' ? debugPortAddress : undefined;
    return { name, instance, ...debugPortOf(address), since: birthtimeMs, freshUntil: mtimeMs + staleMs };
  } catch {
    return undefined;
  }
}

function debugPortOf(debugAddress: string | undefined): Pick<Registration, 'debugAddress' | 'debugPort'> {
  const debugPort = Number(debugAddress?.match(/:(\d+)$/)?.[1]);
  return debugAddress === undefined || Number.isNaN(debugPort) ? {} : { debugAddress, debugPort };
}
