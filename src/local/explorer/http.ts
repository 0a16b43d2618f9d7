import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { errnoOf } from '../../core/base/errno.ts';
import type { Disposable } from '../../core/base/event.ts';

/** A port of this machine only: the user's data never goes anywhere else. */
export interface Address {
  readonly host: '127.0.0.1' | '::1';
  readonly port: number;
  /** Over TLS, with any certificate: dev servers sign their own, and nothing leaves this machine. */
  readonly isSecure?: true;
}

export interface Call {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Path and query, escaped. */
  readonly path: string;
  readonly type?: string;
  readonly body?: Uint8Array;
  /** Limit for the whole call, in milliseconds. */
  readonly timeoutMs: number;
  /** A longer answer counts as no answer. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/**
 * Why there was no answer: nothing listens or the connection broke; it took too long; it was too large; or we
 * cancelled.
 */
export type Silence = 'unreachable' | 'timeout' | 'tooLong' | 'cancelled';

export class NoReply extends Error {
  readonly silence: Silence;
  /** Whether the server may have received the request and carried it out. */
  readonly isSent: boolean;
  constructor(silence: Silence, detail: string, { isSent }: { isSent: boolean }) {
    super(detail);
    this.silence = silence;
    this.isSent = isSent;
  }
}

/** The server closed a kept-alive connection just as it was used again. Sending the request once more helps. */
class StaleConnection extends NoReply {
  constructor(detail: string) {
    super('unreachable', detail, { isSent: true });
  }
}

export const isStaleConnection = (error: unknown): error is NoReply => error instanceof StaleConnection;

export const isNoReply = (error: unknown, silence?: Silence): error is NoReply =>
  error instanceof NoReply && (silence === undefined || error.silence === silence);

const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;
const SOCKETS_PER_SERVER = 8;
/**
 * Stops wrangler from counting our calls, and from including other running projects in its answers (wrangler 4.156,
 * source).
 */
const HEADERS = { 'X-Miniflare-Explorer-No-Aggregate': 'true' } as const;

/**
 * HTTP to dev servers on this machine, over kept-alive connections. Redirects are never followed, and no `Origin` is
 * sent. Uses Node's own client, because a proxy setting must not send such a call elsewhere.
 */
export class LoopbackHttp implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_PER_SERVER });
  readonly #secureAgent = new SecureAgent({
    keepAlive: true,
    maxSockets: SOCKETS_PER_SERVER,
    rejectUnauthorized: false,
  });

  /**
   * Rejects only with {@link NoReply}; any status is a reply. A read is sent once more after a stale connection. A
   * write may have been done, so its caller decides.
   */
  async send(address: Address, call: Call): Promise<Reply> {
    const deadline = performance.now() + call.timeoutMs;
    try {
      return await this.#once(address, call, call.timeoutMs);
    } catch (error) {
      if (call.method !== 'GET' || !isStaleConnection(error)) throw error;
      return await this.#once(address, call, Math.max(1, deadline - performance.now()));
    }
  }

  dispose(): void {
    this.#agent.destroy();
    this.#secureAgent.destroy();
  }

  async #once(address: Address, call: Call, timeoutMs: number): Promise<Reply> {
    const { method, path, body, type, signal, maxBytes = DEFAULT_MAX_BYTES } = call;
    if (signal?.aborted) throw new NoReply('cancelled', 'cancelled', { isSent: false });
    const headers: OutgoingHttpHeaders = { ...HEADERS };
    if (type !== undefined) headers['Content-Type'] = type;
    if (body !== undefined) headers['Content-Length'] = body.length;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const { host, port, isSecure } = address;
    const outgoing = isSecure
      ? secureRequest({ host, port, method, path, headers, agent: this.#secureAgent })
      : request({ host, port, method, path, headers, agent: this.#agent });
    let isSent = false;
    outgoing.on('socket', (socket) => {
      if (!socket.connecting) isSent = true;
      else socket.once('connect', () => (isSent = true));
    });
    const end = (error: Error): void => {
      reject(error);
      outgoing.destroy();
    };
    const timer = setTimeout(() => end(new NoReply('timeout', `no answer in ${timeoutMs} ms`, { isSent })), timeoutMs);
    const onAbort = (): void => end(new NoReply('cancelled', 'cancelled', { isSent }));
    signal?.addEventListener('abort', onAbort, { once: true });
    outgoing.on('response', (incoming) => {
      receive(incoming, maxBytes).then(resolve, end);
    });
    outgoing.on('error', (error) => {
      const isStale = outgoing.reusedSocket && errnoOf(error) === 'ECONNRESET';
      reject(isStale ? new StaleConnection(error.message) : new NoReply('unreachable', error.message, { isSent }));
    });
    outgoing.end(body);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }
}

async function receive(incoming: IncomingMessage, maxBytes: number): Promise<Reply> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw new NoReply('tooLong', `more than ${maxBytes} bytes`, { isSent: true });
      chunks.push(chunk);
    }
  } catch (error) {
    throw isNoReply(error) ? error : new NoReply('unreachable', 'the connection broke', { isSent: true });
  }
  return {
    status: incoming.statusCode ?? 0,
    type: incoming.headers['content-type'] ?? '',
    body: Buffer.concat(chunks),
  };
}
