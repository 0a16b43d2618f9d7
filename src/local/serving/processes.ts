import { readdir, readFile, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { realOrSame } from '../../core/base/paths.ts';

/**
 * What the system reports about the processes of one dev server (or of another wrangler command that runs a Worker).
 */
export interface ServerProcess {
  /** Real paths of the `v3/kv` folders, or what is used in their place, that it holds open. */
  readonly kvFolders: readonly string[];
  /** All ports that it listens on; those of the program that the user started come first. */
  readonly ports: readonly number[];
  /**
   * Those among `ports` that the program itself listens on: Vite listens on its own, while wrangler's are opened by a
   * runtime.
   */
  readonly programPorts?: readonly number[];
  /**
   * Those among `ports` that do not speak HTTP: the server prints an error to its terminal for any HTTP request there.
   */
  readonly debugPorts: readonly number[];
  /** The folder where it was started; absent if its first process is gone. */
  readonly folder?: string;
  /** The words of its command line; empty if its first process is gone. */
  readonly words: readonly string[];
}

/** The dev servers of this machine and user; empty if the system does not tell. Never rejects. */
export type ServerProcesses = () => Promise<readonly ServerProcess[]>;

/**
 * Matches the programs that start Workers, by name or as a script of their package. A mere folder may have such a name
 * too.
 */
const PROGRAM =
  /(?:^|[\\/])(vite|vitest|wrangler)(?:\.[cm]?js|\.cmd)?$|[\\/]node_modules[\\/](vite|vitest|wrangler)[\\/]/;
/** The runtime of every Worker. It keeps its databases open while it runs. */
const RUNTIME = 'workerd';
const KV_DATABASES = 'miniflare-KVNamespaceObject';
/** Ends the name of a process in its `stat`; its state, parent and group follow. */
const NAME_END = ') ';
const LISTENING = '0A';
/** Gives a runtime one more port, which it opens after all others (workerd 1.20260714 and miniflare 5, tried). */
const DEBUG_OPTION = /^--debug-port=/;
const INIT = 1;

interface Runtime {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** In the order in which they were opened. */
  readonly links: readonly string[];
  readonly hasDebugPort: boolean;
}

/**
 * Reads Linux's `/proc` (at `root`): finds the runtimes by name, the program that started each, and their open files.
 * Processes of other users cannot be read, and are left out.
 */
export const linuxProcesses =
  (root = '/proc'): ServerProcesses =>
  async () => {
    const names = await readdir(root).catch(() => []);
    const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
    const runtimes = (await Promise.all(pids.map((pid) => readRuntime(root, pid)))).filter((one) => one !== undefined);
    if (runtimes.length === 0) return [];
    const ports = await portsByInode(root);
    // A server has two runtimes. If their wrangler was killed, they share only their process group.
    const servers = Map.groupBy(runtimes, ({ parent, group }) => (parent === INIT ? -group : parent));
    return await Promise.all([...servers].map(([parent, own]) => describe(root, parent, own, ports)));
  };

/** The name of the known program that this is, if any. */
export function programOf({ words }: Pick<ServerProcess, 'words'>): string | undefined {
  // Words after the first match are arguments of that program.
  const [program] = words.flatMap(
    (word) =>
      PROGRAM.exec(word)
        ?.slice(1)
        .find((name) => name !== undefined) ?? [],
  );
  return program;
}

/**
 * Whether this is a server, and neither another wrangler command, which ends by itself, nor a test run on its own data.
 */
export function isServer({ words }: Pick<ServerProcess, 'words'>): boolean {
  const program = programOf({ words });
  return program === 'vite' || (program !== 'vitest' && words.includes('dev'));
}

/** For systems on which no way is known to find this out. */
export const noProcesses: ServerProcesses = async () => [];

async function readRuntime(root: string, pid: number): Promise<Runtime | undefined> {
  const folder = join(root, String(pid));
  try {
    const name = await readFile(join(folder, 'comm'), 'utf8');
    if (name.trim() !== RUNTIME) return undefined;
    const stat = await readFile(join(folder, 'stat'), 'utf8');
    const [, parent, group] = stat.slice(stat.lastIndexOf(NAME_END) + NAME_END.length).split(' ');
    const [links, words] = await Promise.all([openFiles(folder), wordsOf(folder)]);
    const hasDebugPort = words.some((word) => DEBUG_OPTION.test(word));
    return { pid, parent: Number(parent), group: Number(group), links, hasDebugPort };
  } catch {
    // The process ended meanwhile.
    return undefined;
  }
}

async function describe(
  root: string,
  parent: number,
  runtimes: readonly Runtime[],
  ports: ReadonlyMap<string, number>,
): Promise<ServerProcess> {
  const starter = parent > INIT ? join(root, String(parent)) : undefined;
  const own = starter ? await openFiles(starter) : [];
  const links = [...own, ...runtimes.flatMap((runtime) => runtime.links)];
  const portsAmong = (some: readonly string[]): readonly number[] => some.flatMap((link) => ports.get(link) ?? []);
  const folder = starter && (await readlink(join(starter, 'cwd')).catch(() => undefined));
  const kvFolders = links.flatMap((link) => kvFolderOf(link) ?? []);
  return {
    kvFolders: [...new Set(await Promise.all(kvFolders.map(realOrSame)))],
    ports: [...new Set(portsAmong(links))],
    programPorts: portsAmong(own),
    debugPorts: runtimes.flatMap((one) => (one.hasDebugPort ? portsAmong(one.links).slice(-1) : [])),
    words: starter ? await wordsOf(starter) : [],
    ...(folder !== undefined && { folder }),
  };
}

async function wordsOf(folder: string): Promise<readonly string[]> {
  const line = await readFile(join(folder, 'cmdline'), 'utf8').catch(() => '');
  return line.split('\0').filter((word) => word !== '');
}

/** The folder above the one with the databases, from a link to that one or to its lock. */
function kvFolderOf(link: string): string | undefined {
  const databases = link.endsWith(`/${KV_DATABASES}/metadata.sqlite`) ? dirname(link) : link;
  return databases.endsWith(`/${KV_DATABASES}`) ? dirname(databases) : undefined;
}

/** The open files of a process, in the order of their descriptors. */
async function openFiles(folder: string): Promise<readonly string[]> {
  const files = join(folder, 'fd');
  const names = (await readdir(files).catch(() => [])).sort((a, b) => Number(a) - Number(b));
  return (await Promise.all(names.map((name) => readlink(join(files, name)).catch(() => '')))).filter(
    (link) => link !== '',
  );
}

/** Listening ports by the inodes of their sockets, which the links of open files name too. */
async function portsByInode(root: string): Promise<ReadonlyMap<string, number>> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(join(root, 'net', name), 'utf8').catch(() => '')),
  );
  const ports = new Map<string, number>();
  for (const line of tables.join('\n').split('\n')) {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state === LISTENING)
      ports.set(`socket:[${inode}]`, Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16));
  }
  return ports;
}
