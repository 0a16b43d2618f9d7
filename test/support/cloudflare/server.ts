import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../eventually.ts';
import { Analytics } from './analytics.ts';
import { type Answer, failure, type Operation, Refusal, type Route, routeOf } from './api.ts';
import { Contract } from './contract.ts';
import { type Fault, Faults } from './faults.ts';
import { handlers } from './handlers.ts';
import { Inside } from './inside/inside.ts';
import { isInside } from './inside/routes.ts';
import { KvBackend } from './kvBackend.ts';
import { MadeUpKeys } from './madeUpKeys.ts';
import { MemoryKeys } from './memoryKeys.ts';
import { mishandle } from './mishandle.ts';
import { type NamespaceRecord, Namespaces } from './namespaces.ts';
import { RealKeys } from './realKeys.ts';
import { type Account, type Token, Tokens } from './tokens.ts';

const BASE = '/client/v4';

/**
 * Cloudflare's account API on 127.0.0.1, using Miniflare's KV, as far as KV and sign-in need it. Every request, and
 * every reply that is not a fault, is checked against `kv-openapi.json`; mismatches are in {@link violations}.
 */
export class CloudflareServer {
  readonly account: Account = { id: '0123456789abcdef0123456789abcdef', name: 'Acme Inc' };
  readonly tokens = new Tokens();
  readonly namespaces = new Namespaces();
  readonly faults = new Faults();
  /** The account's counted usage. */
  readonly analytics: Analytics;
  /** Requests and answers that violate the contract, in words. */
  readonly violations: string[] = [];
  /** Requests to anything that the API does not have: method and path. */
  readonly strays: string[] = [];
  /** Number of requests by operation. */
  readonly counts = new Map<Operation, number>();
  /**
   * Each request in order, with the keys that it reads or the single key that it writes, and its time in milliseconds
   * of `performance.now()`.
   */
  readonly log: { readonly operation: Operation; readonly keys: readonly string[]; readonly at: number }[] = [];
  /** Headers added to every answer. */
  headers: Readonly<Record<string, string>> = {};
  /** Delay before every answer, in milliseconds. */
  latencyMs = 0;
  /** For how long reads still return the state before a write, in milliseconds. */
  staleMs = 0;
  /** Whether to check requests and replies against the contract, which takes most of the server's time. */
  checks = true;
  /** Milliseconds since 1970. */
  now: () => number = Date.now;
  /** The largest number of concurrent requests since the last {@link reset}. */
  mostAtOnce = 0;
  /** Requests since the last {@link reset} that got no answer, or not all of it. */
  stalled = 0;
  readonly #backend: KvBackend;
  readonly #ownsBackend: boolean;
  /** Workers, workflows and buckets of the account. */
  readonly inside: Inside;
  readonly #contract: Contract;
  readonly #server: Server;
  #open = 0;

  private constructor(contract: Contract, analytics: Analytics, backend: KvBackend | undefined) {
    this.#contract = contract;
    this.analytics = analytics;
    this.#ownsBackend = backend === undefined;
    this.#backend = backend ?? new KvBackend();
    this.inside = new Inside(this.#backend, this.violations);
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /**
   * A given backend is shared with others and keeps running when the server stops; jobs inside the account need a
   * backend of their own.
   */
  static async start(port = 0, backend?: KvBackend): Promise<CloudflareServer> {
    const server = new CloudflareServer(await Contract.load(), await Analytics.load(), backend);
    await server.#listen(port);
    return server;
  }

  async #listen(port: number): Promise<void> {
    const listen = async (): Promise<void> => {
      this.#server.listen(port, '127.0.0.1');
      // Rejects if there is an error first.
      await once(this.#server, 'listening');
    };
    // A port that was left for a while may be that of somebody's connection, which ends.
    await (port === 0 ? listen() : eventually(listen));
  }

  /**
   * Makes the server unreachable until the returned function is called; then it is back at the same address, with all
   * its data.
   */
  async leave(): Promise<() => Promise<void>> {
    const port = Number(new URL(this.baseUrl).port);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    // Somebody may have the port for a moment.
    return () => eventually(() => this.#listen(port));
  }

  /** In the form for `CLOUDFLARE_API_BASE_URL`. */
  get baseUrl(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The server is not listening');
    return `http://127.0.0.1:${address.port}${BASE}`;
  }

  /** A token for the account, with all permissions by default. */
  issueToken(token: Partial<Token> = {}): Token {
    return this.tokens.issue({ accounts: [this.account], ...token });
  }

  createNamespace(title: string, account = this.account.id): NamespaceRecord {
    const staleness = { ms: () => this.staleMs, now: () => this.now() };
    return this.namespaces.create(account, title, (id) => new RealKeys(this.#backend, id, staleness));
  }

  /** A namespace that needs no Miniflare, for tests in which many requests matter more than KV itself. */
  createPlainNamespace(title: string, account = this.account.id): NamespaceRecord {
    return this.namespaces.create(account, title, () => new MemoryKeys());
  }

  /**
   * A namespace with this many keys that are not stored anywhere, with metadata of this size beside the index of each.
   */
  makeUpNamespace(title: string, keys: number, metadataBytes = 0): NamespaceRecord {
    return this.namespaces.create(this.account.id, title, () => new MadeUpKeys(keys, metadataBytes));
  }

  /** Number of requests since the last {@link reset}, of these operations or of all. */
  count(...operations: Operation[]): number {
    const counted = operations.length === 0 ? [...this.counts.keys()] : operations;
    return counted.reduce((sum, operation) => sum + (this.counts.get(operation) ?? 0), 0);
  }

  /** Resets counts, faults, latency and stale reads. */
  reset(): void {
    this.counts.clear();
    this.log.length = 0;
    this.faults.clear();
    this.mostAtOnce = 0;
    this.stalled = 0;
    this.headers = {};
    this.latencyMs = 0;
    this.staleMs = 0;
    this.now = Date.now;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    if (this.#ownsBackend) await this.#backend.stop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#open);
    try {
      await this.#answer(request, response);
    } catch (error) {
      if (!response.destroyed)
        this.violations.push(`the server failed: ${error instanceof Error ? error.stack : error}`);
      response.destroy();
    } finally {
      this.#open--;
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('date', new Date(this.now()).toUTCString());
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const path = url.pathname.startsWith(BASE) ? url.pathname.slice(BASE.length) : undefined;
    const route = path === undefined ? undefined : routeOf(request.method ?? '', path);
    const body = await bodyOf(request);
    if (this.latencyMs > 0) await wait(this.latencyMs);
    if (route === undefined) {
      this.strays.push(`${request.method} ${url.pathname}`);
      await send(response, failure(404, 7003, 'Could not route to this path'));
      return;
    }
    this.log.push({ operation: route.operation, keys: keysOf(route, body), at: performance.now() });
    this.counts.set(route.operation, (this.counts.get(route.operation) ?? 0) + 1);
    const fault = this.faults.take(route);
    const handle = () => this.#handle(request, route, url, body, fault);
    if (fault) await mishandle(fault, route.operation, response, handle);
    else await send(response, await handle());
    if (fault?.mishap.kind === 'stall') this.stalled++;
  }

  async #handle(
    request: IncomingMessage,
    route: Route,
    url: URL,
    body: Buffer,
    fault: Fault | undefined,
  ): Promise<Answer> {
    const answer = await this.#attempt(request, route, url, body, fault);
    // Queries of the GraphQL API are checked against its own schema.
    if (this.checks && route.operation !== 'readUsage' && !isInside(route.operation))
      this.violations.push(...this.#contract.reply(route.operation, answer));
    return { ...answer, headers: { ...answer.headers, ...this.headers } };
  }

  async #attempt(
    { method = '', headers }: IncomingMessage,
    route: Route,
    url: URL,
    body: Buffer,
    fault: Fault | undefined,
  ): Promise<Answer> {
    try {
      const token = this.tokens.of(headers.authorization);
      this.tokens.check(token, route);
      const { operation } = route;
      if (operation === 'readUsage') return await this.analytics.answer(token, body, this.now());
      const contentType = headers['content-type'] ?? '';
      if (isInside(operation)) {
        return await this.inside.answer({
          operation,
          name: route.key,
          query: url.searchParams,
          contentType,
          body,
          token,
        });
      }
      const json: unknown = contentType.startsWith('application/json') ? JSON.parse(body.toString()) : undefined;
      const query = Object.fromEntries(url.searchParams);
      const problems = this.checks
        ? this.#contract.request(route, { method, query, headers, ...(json !== undefined && { json }) })
        : [];
      if (problems.length > 0) {
        this.violations.push(...problems);
        return failure(400, 10029, problems.join('; '));
      }
      if (operation === 'listAccounts') return this.tokens.listAccounts(token);
      if (operation === 'verifyUserToken' || operation === 'verifyAccountToken')
        return this.tokens.verify(token, route);
      const unsuccessful = fault?.mishap.kind === 'unsuccessful' ? fault.mishap.keys : 0;
      return await handlers[operation](
        { route, query, contentType, body, json, unsuccessful },
        {
          namespaces: this.namespaces,
          create: (account, title) => this.createNamespace(title, account),
          now: () => this.now(),
        },
      );
    } catch (error) {
      if (error instanceof Refusal) return failure(error.status, error.code, error.message);
      throw error;
    }
  }
}

function keysOf({ operation, key }: Route, body: Buffer): readonly string[] {
  if (operation !== 'bulkGet') return key === '' ? [] : [key];
  try {
    const { keys }: { keys: readonly string[] } = JSON.parse(body.toString());
    return keys;
  } catch {
    // The check against the contract refuses it.
    return [];
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function send(response: ServerResponse, { status, headers, body }: Answer): Promise<void> {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  await new Promise<void>((resolve) => response.end(body, resolve));
}
