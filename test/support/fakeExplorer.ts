import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it was received. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Answers a request in its own way; `false` leaves it to the Explorer. */
export type Interfere = (request: Received, response: ServerResponse) => boolean;

export interface StoredEntry {
  readonly value: Buffer;
  readonly metadata?: unknown;
  readonly expiration?: number;
}

interface BulkItem {
  readonly key: string;
  readonly value: string;
  readonly base64?: boolean;
  readonly metadata?: unknown;
  readonly expiration?: number;
}

export interface FakeExplorerOptions {
  /** In the form of `local/workers`. */
  readonly workers?: readonly unknown[];
  /** Ids that its Workers bind. */
  readonly namespaces?: readonly string[];
  /** Behaves as before wrangler 4.9x: no bulk routes, and only bound namespaces. */
  readonly isOld?: boolean;
}

const ROUTE = /^\/cdn-cgi\/(?:local\/)?explorer\/api(\/.*)$/;

/** A dev server's Explorer, as far as KV needs it, in memory, on a free port. */
export class FakeExplorer {
  readonly received: Received[] = [];
  readonly namespaces = new Map<string, Map<string, StoredEntry>>();
  workers: readonly unknown[];
  interfere: Interfere = () => false;
  readonly #server: Server;
  readonly #isOld: boolean;

  private constructor(server: Server, { workers = [], namespaces = [], isOld = false }: FakeExplorerOptions) {
    this.#server = server;
    this.#isOld = isOld;
    this.workers = workers;
    for (const id of namespaces) this.namespaces.set(id, new Map());
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(options: FakeExplorerOptions = {}): Promise<FakeExplorer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeExplorer(server, options);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  entry(namespace: string, key: string): StoredEntry | undefined {
    return this.namespaces.get(namespace)?.get(key);
  }

  /** "PUT /storage/kv/namespaces/KV/bulk" and the like. */
  get calls(): readonly string[] {
    return this.received.map(({ method, path }) => `${method} ${ROUTE.exec(path)?.[1] ?? path}`);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method = '', url: path = '', headers } = incoming;
    const received = { method, path, headers, body: Buffer.concat(chunks) };
    this.received.push(received);
    if (this.interfere(received, response)) return;
    const url = new URL(ROUTE.exec(path)?.[1] ?? '/', 'http://explorer');
    if (url.pathname === '/local/workers') return ok(response, this.workers);
    const [, , , , id, ...rest] = url.pathname.split('/');
    if (id === undefined)
      return ok(
        response,
        [...this.namespaces.keys()].map((bound) => ({ id: bound, title: bound })),
      );
    this.#inNamespace(decodeURIComponent(id), rest.join('/'), url, received, response);
  }

  #inNamespace(id: string, route: string, url: URL, { method, body, headers }: Received, response: ServerResponse) {
    let entries = this.namespaces.get(id);
    if (entries === undefined) {
      if (this.#isOld) return fail(response, 404, 10013, "put: 'namespace not found'");
      entries = new Map();
      this.namespaces.set(id, entries);
    }
    if (route.startsWith('bulk') && this.#isOld) return void response.writeHead(404).end('404 Not Found');
    if (route === 'bulk') {
      const items = JSON.parse(body.toString()) as BulkItem[];
      for (const { key, value, base64, ...about } of items) {
        entries.set(key, { value: Buffer.from(value, base64 ? 'base64' : 'utf8'), ...about });
      }
      return ok(response, { successful_key_count: items.length, unsuccessful_keys: [] });
    }
    if (route === 'bulk/delete') {
      const keys = JSON.parse(body.toString()) as string[];
      for (const key of keys) entries.delete(key);
      return ok(response, { successful_key_count: keys.length, unsuccessful_keys: [] });
    }
    if (route === 'keys') {
      const prefix = url.searchParams.get('prefix') ?? '';
      const keys = [...entries].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
      return ok(
        response,
        keys.map(([name, { value: _, ...about }]) => ({ name, ...about })),
        { cursor: '' },
      );
    }
    const key = decodeURIComponent(route.slice('values/'.length));
    if (method === 'DELETE') entries.delete(key);
    if (method === 'PUT') entries.set(key, entryOf(body, headers['content-type'] ?? ''));
    if (method !== 'GET') return ok(response, {});
    const found = entries.get(key);
    if (found === undefined) return fail(response, 404, 10009, "get: 'key not found'");
    response.end(found.value);
  }
}

/** Reads a raw body, or a form with `value` and `metadata`. */
function entryOf(body: Buffer, type: string): StoredEntry {
  const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(type)?.[1];
  if (boundary === undefined) return { value: body };
  const parts = new Map<string, Buffer>();
  for (const part of body.toString('latin1').split(`--${boundary}`)) {
    const [head = '', ...content] = part.split('\r\n\r\n');
    const name = / name="(\w+)"/.exec(head)?.[1];
    if (name !== undefined) parts.set(name, Buffer.from(content.join('\r\n\r\n').slice(0, -2), 'latin1'));
  }
  return {
    value: parts.get('value') ?? Buffer.alloc(0),
    metadata: JSON.parse(parts.get('metadata')?.toString() ?? ''),
  };
}

/** Sends an answer in the Explorer's form. */
export function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

export function fail(response: ServerResponse, status: number, code: number, message: string, result: unknown = null) {
  reply(response, status, { success: false, errors: [{ code, message }], messages: [], result });
}

const ok = (response: ServerResponse, result: unknown, info = {}): void =>
  reply(response, 200, { success: true, errors: [], messages: [], result, result_info: info });
