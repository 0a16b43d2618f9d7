import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { isTable } from '../../core/base/table.ts';
import { isDirectory } from './isDirectory.ts';

/** A Worker that a dev server of this machine and user runs, or ran until its process was killed. */
export interface Registration {
  readonly name: string;
  /** Differs between two runs of a server. */
  readonly instance: string;
  /** An address and a port of its runtime, which accept connections as long as it runs. */
  readonly debugAddress?: string;
  readonly debugPort?: number;
  /** When it registered; Unix milliseconds. */
  readonly since: number;
  /** After this time it counts as gone unless its heartbeat was renewed; Unix milliseconds. */
  readonly freshUntil: number;
}

/**
 * Heartbeats of wrangler 4.156 come every 10 s. Those of 4.86, which writes no instance id, come every 30 s (source).
 */
const STALE_MS = 90_000;
const OLD_STALE_MS = 300_000;

/**
 * Where dev servers register themselves, one file per Worker name. The file says that a server runs, but not on which
 * port.
 */
export interface RegistryPlaces {
  /** Need not exist. */
  readonly folders: readonly string[];
  /** Holds one such folder for each version of the format, such as `v5`; need not exist. */
  readonly versions?: string;
}

/**
 * wrangler and the Vite plugin up to Miniflare 4 share one registry; the plugin with Miniflare 5 has another (wrangler
 * 4.156, plugin 1.64, source). All are read, because one machine may have servers of each.
 */
export function registryPlaces(
  env: NodeJS.ProcessEnv = process.env,
  home = homedir(),
  platform = process.platform,
): RegistryPlaces {
  const config = configFolder(env, home, platform);
  const inHome = join(home, '.wrangler');
  const usual = join(isDirectory(inHome) ? inHome : join(config, '.wrangler'), 'registry');
  const own = env.WRANGLER_REGISTRY_PATH || usual;
  const shared = env.CLOUDFLARE_DEV_REGISTRY_PATH;
  // Every version that knows this variable uses it; an older wrangler uses its own folder.
  if (shared) return { folders: [...new Set([shared, own])] };
  return { folders: [own], versions: join(config, 'cloudflare', 'dev-registry') };
}

function configFolder(env: NodeJS.ProcessEnv, home: string, platform: NodeJS.Platform): string {
  if (env.XDG_CONFIG_HOME) return env.XDG_CONFIG_HOME;
  if (platform === 'darwin') return join(home, 'Library', 'Preferences');
  if (platform === 'win32') return join(env.APPDATA || join(home, 'AppData', 'Roaming'), 'xdg.config');
  return join(home, '.config');
}

/** Everything registered, stale or not. Never rejects: what is missing or unreadable counts as not registered. */
export async function readRegistry(folder: string): Promise<readonly Registration[]> {
  const names = await readdir(folder).catch(() => []);
  const read = await Promise.all(names.map((name) => readRegistration(folder, name)));
  return read.filter((registration) => registration !== undefined);
}

/** `name` may come from a server, so it is not trusted as a file name. */
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
