import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** What the Git repository around a folder says of where else it is. */
export type Remotes =
  /** There is no repository. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable' }
  | {
      readonly kind: 'read';
      readonly remotes: readonly Remote[];
      /** The config takes in other files, which may name more. */
      readonly hasMore: boolean;
    };

export interface Remote {
  readonly name: string;
  /** Host and path, without a name or password. */
  readonly place: string;
  /** `untold`: a host on the internet that may keep it from others or not. */
  readonly audience: 'public' | 'private' | 'unknown';
}

const MOST_FOLDERS = 64;
const MOST_BYTES = 1_000_000;

/** Reads `.git/config` alone: runs nothing, and asks nobody. Never rejects. */
export async function remotesOf(folder: string): Promise<Remotes> {
  try {
    const found = await repositoryOf(folder);
    if (found === undefined) return { kind: 'none' };
    const text = await readFile(join(found, 'config'), 'utf8');
    return text.length > MOST_BYTES ? { kind: 'unreadable' } : { kind: 'read', ...parseRemotes(text) };
  } catch {
    return { kind: 'unreadable' };
  }
}

/** The folder with the config of the repository: of a worktree or submodule, the one that it points to. */
async function repositoryOf(folder: string): Promise<string | undefined> {
  let at = folder;
  for (let count = 0; count < MOST_FOLDERS; count++) {
    const path = join(at, '.git');
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) return path;
    if (found?.isFile()) {
      const pointed = /^gitdir: (.+)$/m.exec(await readFile(path, 'utf8'))?.[1]?.trim();
      if (pointed === undefined) throw new Error('no gitdir');
      const own = resolve(at, pointed);
      const common = await readFile(join(own, 'commondir'), 'utf8').catch(() => '');
      return common.trim() === '' ? own : resolve(own, common.trim());
    }
    const above = dirname(at);
    if (above === at) return undefined;
    at = above;
  }
  return undefined;
}

/** The remotes of a text of Git's own format. */
export function parseRemotes(text: string): { readonly remotes: readonly Remote[]; readonly hasMore: boolean } {
  const remotes: Remote[] = [];
  let remote: string | undefined;
  let hasMore = false;
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line);
    if (section) {
      const [, kind = '', name] = section;
      remote = kind.toLowerCase() === 'remote' ? name?.replace(/\\(.)/g, '$1') : undefined;
      if (/^include(?:if)?$/i.test(kind)) hasMore = true;
    }
    const url = /^\s*(?:\[[^\]]*\]\s*)?(?:url|pushurl)\s*=\s*(.*)$/i.exec(line)?.[1];
    if (remote !== undefined && url !== undefined) remotes.push(remoteOf(remote, url.trim().replace(/^"(.*)"$/, '$1')));
  }
  return { remotes, hasMore };
}

function remoteOf(name: string, url: string): Remote {
  const [, scheme = '', rest = ''] = /^([a-z][a-z\d+.-]*):\/\/(.*)$/i.exec(url) ?? [];
  if (scheme !== '' && scheme.toLowerCase() !== 'file') {
    const place = rest.replace(/^[^/@]*@/, '');
    const host = hostOf(place);
    // The protocol knows no credential: whoever reaches the host may read.
    const open = scheme.toLowerCase() === 'git' ? 'public' : 'unknown';
    return { name, place, audience: isInternal(host) ? 'private' : open };
  }
  // `user@host:path`, but not `C:\path`.
  const short = scheme === '' ? /^(?:[^@/\s]+@)?([^:/\\\s]{2,}):(?!\/\/)(.*)$/.exec(url) : null;
  if (short) {
    const [, host = '', path = ''] = short;
    return { name, place: `${host}/${path.replace(/^\//, '')}`, audience: isInternal(host) ? 'private' : 'unknown' };
  }
  return { name, place: url, audience: 'private' };
}

function hostOf(place: string): string {
  const [authority = ''] = place.split('/', 1);
  return authority.startsWith('[') ? authority.slice(1).replace(/\].*$/, '') : authority.replace(/:\d*$/, '');
}

/** Names and addresses that the internet does not know. */
function isInternal(host: string): boolean {
  const name = host.toLowerCase();
  if (name === 'localhost' || /\.(?:local|localhost|internal|intranet|lan|corp|home|home\.arpa|test)$/.test(name))
    return true;
  if (/^(?:::1|f[cd][\da-f]{2}:|fe80:)/.test(name)) return true;
  return /^(?:10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.[\d.]+$/.test(name);
}
