import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { realOrSameSync } from '../../core/base/paths.ts';
import { isTable } from '../../core/base/table.ts';
import { type Address, isNoReply, type LoopbackHttp, type Reply } from './http.ts';
import { answerOf } from './reply.ts';

/**
 * Where the API lies. The first path is wrangler 4.86's; wrangler 4.156 and Vite's plugin 1.64 answer it too. On an old
 * version the second path would reach the user's Worker, so it is tried last.
 */
const API_PATHS = ['/cdn-cgi/explorer/api', '/cdn-cgi/local/explorer/api'] as const;

/** A Worker that a dev server runs. */
export interface ServedWorker {
  readonly name: string;
  /** Hash of the folder of the server's first config. Absent before wrangler 4.9x. */
  readonly scope?: string;
}

/** A dev server with an Explorer. */
export interface DevServer {
  readonly address: Address;
  /** Path of its API, without a trailing slash. */
  readonly api: string;
  /** Empty if the server cannot tell: its wrangler was killed while its runtime goes on, or it uses no dev registry. */
  readonly workers: readonly ServedWorker[];
  /** Ids of the KV namespaces that its Workers bind. */
  readonly namespaces: readonly string[];
}

/** What is on a port. `closed`: nothing; `plain`: no Explorer; `refused`: it does not accept our requests. */
export type PortAnswer =
  | { readonly kind: 'server'; readonly server: DevServer }
  | { readonly kind: 'closed' | 'plain' | 'refused' | 'silent' };

/** Finds out what is on a port, over plain HTTP and over TLS; `timeoutMs` applies to each request. Never rejects. */
export async function identify(http: LoopbackHttp, address: Address, timeoutMs: number): Promise<PortAnswer> {
  const answer = await ask(http, address, timeoutMs);
  return answer.kind === 'dropped' ? await secured(http, { ...address, isSecure: true }, timeoutMs) : answer;
}

async function secured(http: LoopbackHttp, address: Address, timeoutMs: number): Promise<PortAnswer> {
  const answer = await ask(http, address, timeoutMs);
  return answer.kind === 'dropped' ? { kind: 'closed' } : answer;
}

async function ask(
  http: LoopbackHttp,
  address: Address,
  timeoutMs: number,
): Promise<PortAnswer | { readonly kind: 'dropped' }> {
  for (const api of API_PATHS) {
    const reply = await get(http, address, `${api}/local/workers`, timeoutMs);
    if (typeof reply === 'string') return { kind: reply };
    if (reply.status === 403) return { kind: 'refused' };
    const answer = answerOf(reply);
    if (answer.kind === 'foreign') continue;
    const own = answer.kind === 'ok' ? ownWorkers(answer.result) : [];
    const workers = own.map(({ worker }) => worker);
    const namespaces =
      own.length > 0 ? own.flatMap((found) => found.namespaces) : await listed(http, address, api, timeoutMs);
    return { kind: 'server', server: { address, api, workers, namespaces: [...new Set(namespaces)] } };
  }
  return { kind: 'plain' };
}

async function get(
  http: LoopbackHttp,
  address: Address,
  path: string,
  timeoutMs: number,
): Promise<Reply | 'closed' | 'dropped' | 'plain' | 'silent'> {
  try {
    return await http.send(address, { method: 'GET', path, timeoutMs });
  } catch (error) {
    if (isNoReply(error, 'timeout')) return 'silent';
    if (isNoReply(error, 'tooLong')) return 'plain';
    // Something listens there but does not understand plain HTTP.
    return isNoReply(error) && error.isSent ? 'dropped' : 'closed';
  }
}

/** Other running projects appear with `isSelf: false`. */
function ownWorkers(result: unknown): { worker: ServedWorker; namespaces: readonly string[] }[] {
  if (!Array.isArray(result)) return [];
  return result.filter(isTable).flatMap(({ isSelf, name, bindings, persistenceScope: scope }) => {
    if (isSelf !== true || typeof name !== 'string') return [];
    const worker = { name, ...(typeof scope === 'string' && { scope }) };
    return { worker, namespaces: idsOf(isTable(bindings) ? bindings.kv : undefined) };
  });
}

async function listed(
  http: LoopbackHttp,
  address: Address,
  api: string,
  timeoutMs: number,
): Promise<readonly string[]> {
  const reply = await get(http, address, `${api}/storage/kv/namespaces`, timeoutMs);
  if (typeof reply === 'string') return [];
  const answer = answerOf(reply);
  return answer.kind === 'ok' ? idsOf(answer.result) : [];
}

const idsOf = (list: unknown): readonly string[] =>
  Array.isArray(list) ? list.filter(isTable).flatMap(({ id }) => (typeof id === 'string' ? id : [])) : [];

/**
 * The scopes that a dev server of this project folder may report (miniflare 5, source and seen). A scope is the hash of
 * the folder's path as it was given, so a folder reached through a link has two, and on Windows the drive letter may
 * have either case.
 */
export function scopesOf(projectFolder: string): readonly string[] {
  const folders = new Set([resolve(projectFolder), realOrSameSync(projectFolder)]);
  for (const folder of [...folders]) {
    if (!/^[a-z]:/i.test(folder)) continue;
    folders.add(folder.charAt(0).toUpperCase() + folder.slice(1)).add(folder.charAt(0).toLowerCase() + folder.slice(1));
  }
  return [...folders].map((folder) =>
    createHash('sha256').update(`local-explorer:persistence-scope:v1\0${folder}`).digest('hex'),
  );
}
