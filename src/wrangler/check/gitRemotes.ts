import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** What the Git repository around a folder says about its remotes. */
export type Remotes =
  /** There is no repository. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable' }
  | {
      readonly kind: 'read';
      readonly remotes: readonly Remote[];
      /** There may be more: the config includes other files, or has syntax that is not understood here. */
      readonly hasMore: boolean;
    };

export interface Remote {
  readonly name: string;
  /** Host and path, without user name or password. */
  readonly place: string;
  /** `unknown`: a host on the internet, which may or may not restrict access. */
  readonly audience: 'public' | 'private' | 'unknown';
}

const MOST_FOLDERS = 64;
const MOST_BYTES = 1_000_000;

/** Only reads `.git/config`: runs nothing and makes no requests. Never rejects. */
export async function remotesOf(folder: string): Promise<Remotes> {
  try {
    const found = await repositoryOf(folder);
    if (found === undefined) return { kind: 'none' };
    const text = await readFile(join(found, 'config'), 'utf8');
    if (text.length > MOST_BYTES) return { kind: 'unreadable' };
    const { remotes, hasMore } = parseRemotes(text);
    return { kind: 'read', remotes, hasMore: hasMore || (await hasOldRemotes(found)) };
  } catch {
    return { kind: 'unreadable' };
  }
}

/** Whether there are remotes in separate files, as Git once kept them and still reads them. */
async function hasOldRemotes(folder: string): Promise<boolean> {
  const lists = await Promise.all(
    ['remotes', 'branches'].map((name) => readdir(join(folder, name)).catch((): string[] => [])),
  );
  return lists.some((names) => names.length > 0);
}

/** The folder that contains the repository's config; for a worktree or submodule, the folder that it points to. */
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

/**
 * The remotes in a text of Git's config format. There may be more if it includes other files, rewrites addresses or has
 * syntax that is not understood here.
 */
export function parseRemotes(text: string): { readonly remotes: readonly Remote[]; readonly hasMore: boolean } {
  const remotes: Remote[] = [];
  /** Remotes of branches, given by name or address. */
  const named: { readonly by: string; readonly value: string }[] = [];
  let section: Section = { kind: '', name: undefined };
  let hasMore = false;
  for (const line of text.split(/\r?\n/)) {
    const header = sectionOf(line);
    if (header) section = header;
    else if (/^\s*\[/.test(line)) section = { kind: '', name: undefined };
    if (/\\$/.test(line) || (!header && /^\s*\[/.test(line)) || (header && ELSEWHERE.test(header.kind))) hasMore = true;
    const [, key = '', given] = /^\s*(?:\[[^\]]*\]\s*)?([a-z][a-z\d-]*)\s*(?:=\s*(.*))?$/i.exec(line) ?? [];
    const value = (given ?? '').trim().replace(/^"(.*)"$/, '$1');
    const { kind, name } = section;
    switch (`${kind} ${key}`.toLowerCase()) {
      case 'remote url':
      case 'remote pushurl':
        if (name !== undefined && value !== '') remotes.push(remoteOf(name, value));
        break;
      case 'remote pushdefault':
      case 'branch remote':
      case 'branch pushremote':
        named.push({ by: name ?? kind, value });
        break;
      case 'extensions worktreeconfig':
        if (!/^(?:false|no|off|0)$/i.test(value)) hasMore = true;
    }
  }
  const names = new Set(remotes.map(({ name }) => name));
  const addresses = named.filter(({ value }) => /[:/\\]/.test(value) && !names.has(value));
  return { remotes: [...remotes, ...addresses.map(({ by, value }) => remoteOf(by, value))], hasMore };
}

interface Section {
  readonly kind: string;
  readonly name: string | undefined;
}

/** Sections that include other files or rewrite addresses. */
const ELSEWHERE = /^(?:include(?:if)?|url)$/i;

/** `[kind "name"]`, or the old form `[kind.name]`. */
function sectionOf(line: string): Section | undefined {
  const found = /^\s*\[\s*([a-z\d-]+)(?:\.([^\s"\]]+)|\s+"((?:[^"\\]|\\.)*)")?\s*\]/i.exec(line);
  if (!found) return undefined;
  const [, kind = '', old, name] = found;
  return { kind: kind.toLowerCase(), name: old ?? name?.replace(/\\(.)/g, '$1') };
}

function remoteOf(name: string, url: string): Remote {
  const [, scheme = '', rest = ''] = /^([a-z][a-z\d+.-]*):\/\/(.*)$/i.exec(url) ?? [];
  if (scheme !== '' && scheme.toLowerCase() !== 'file') {
    const place = rest.replace(/^[^/@]*@/, '');
    const host = hostOf(place);
    // This protocol has no credentials: anyone who can reach the host may read.
    const open = scheme.toLowerCase() === 'git' ? 'public' : 'unknown';
    return { name, place, audience: isInternal(host) ? 'private' : open };
  }
  // `user@host:path`, but not `C:\path`.
  const short = scheme === '' ? /^(?:[^@/\s]+@)?([^:/\\\s]{2,}):(?!\/\/)(.*)$/.exec(url) : null;
  if (short) {
    const [, host = '', path = ''] = short;
    return { name, place: `${host}/${path.replace(/^\//, '')}`, audience: isInternal(host) ? 'private' : 'unknown' };
  }
  // A host of one letter, or a short form that Git expands according to other settings. After a drive letter comes a
  // slash.
  const isShort = scheme === '' && /^[^:/\\\s]:[^/\\]/.test(url);
  return { name, place: url, audience: isShort ? 'unknown' : 'private' };
}

function hostOf(place: string): string {
  const [authority = ''] = place.split('/', 1);
  return authority.startsWith('[') ? authority.slice(1).replace(/\].*$/, '') : authority.replace(/:\d*$/, '');
}

/** Names and addresses that do not exist on the internet. */
function isInternal(host: string): boolean {
  const name = host.toLowerCase();
  if (name === 'localhost' || /\.(?:local|localhost|internal|intranet|lan|corp|home|home\.arpa|test)$/.test(name))
    return true;
  if (/^(?:::1|f[cd][\da-f]{2}:|fe80:)/.test(name)) return true;
  return /^(?:10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.[\d.]+$/.test(name);
}
