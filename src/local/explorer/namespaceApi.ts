import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { bulkItem, bytesOf } from '../../core/entry/bulkItem.ts';
import { type JsonValue, type KvEntry, presentMetadata } from '../../core/entry/entry.ts';
import { MAX_VALUE_BYTES } from '../../core/entry/limits.ts';
import { metadataText } from '../../core/entry/metadataJson.ts';
import type { Call, LoopbackHttp } from './http.ts';
import type { DevServer } from './identity.ts';
import { type Answer, answerOf } from './reply.ts';

const READ_MS = 10_000;
const WRITE_MS = 20_000;
const BULK_MS = 60_000;
const LARGEST_ANSWER = MAX_VALUE_BYTES + 1024;

export interface KeysQuery {
  readonly prefix?: string;
  readonly cursor?: string;
  /** From 10 to 1,000. */
  readonly limit: number;
}

/**
 * The routes of one namespace on one dev server (wrangler 4.86 to 4.164, seen). Every method rejects only with a
 * `NoReply`. Beware: a put to a namespace that does not exist creates it.
 */
export class NamespaceApi {
  readonly server: DevServer;
  /** False once the server has shown that it has no bulk routes, as before wrangler 4.9x. */
  hasBulk = true;
  readonly #http: LoopbackHttp;
  readonly #path: string;

  constructor(http: LoopbackHttp, server: DevServer, namespaceId: string) {
    this.#http = http;
    this.server = server;
    this.#path = `${server.api}/storage/kv/namespaces/${encodeURIComponent(namespaceId)}`;
  }

  async keys({ prefix = '', cursor, limit }: KeysQuery, signal?: AbortSignal): Promise<Answer> {
    const query = new URLSearchParams({ limit: String(limit) });
    if (prefix !== '') query.set('prefix', prefix);
    if (cursor !== undefined) query.set('cursor', cursor);
    return await this.#call({ method: 'GET', path: `/keys?${query}`, timeoutMs: READ_MS, signal });
  }

  /** Returns the bytes, or the server's other answer: code 10009 for a missing key. */
  async value(key: string, signal?: AbortSignal): Promise<Buffer | Answer> {
    const reply = await this.#send({ method: 'GET', path: pathOf(key), timeoutMs: READ_MS, signal });
    return reply.status === 200 ? reply.body : answerOf(reply);
  }

  /** Removes any expiration, and the metadata if none is given. */
  async put({ key, value, metadata }: Omit<KvEntry, 'expiration'>): Promise<Answer> {
    const present = presentMetadata(metadata);
    const form = present === undefined ? { body: value, type: 'application/octet-stream' } : multipart(value, present);
    return await this.#call({ method: 'PUT', path: pathOf(key), timeoutMs: WRITE_MS, ...form });
  }

  /** No key may appear twice. The server checks the whole request before it writes anything. */
  async putBulk(entries: readonly KvEntry[]): Promise<Answer> {
    return await this.#call({
      method: 'PUT',
      path: '/bulk',
      timeoutMs: BULK_MS,
      ...json(`[${entries.map(itemText).join(',')}]`),
    });
  }

  async delete(key: string): Promise<Answer> {
    return await this.#call({ method: 'DELETE', path: pathOf(key), timeoutMs: WRITE_MS });
  }

  async deleteBulk(keys: readonly string[]): Promise<Answer> {
    return await this.#call({
      method: 'POST',
      path: '/bulk/delete',
      timeoutMs: BULK_MS,
      ...json(JSON.stringify(keys)),
    });
  }

  async #call(call: Call): Promise<Answer> {
    return answerOf(await this.#send(call));
  }

  async #send({ path, ...call }: Call) {
    const { address } = this.server;
    return await this.#http.send(address, { ...call, path: this.#path + path, maxBytes: LARGEST_ANSWER });
  }
}

const pathOf = (key: string): string => `/values/${encodeURIComponent(key)}`;

const json = (text: string) => ({ type: 'application/json', body: Buffer.from(text) });

const itemText = (entry: KvEntry): string => bulkItem(entry, isUtf8(bytesOf(entry)));

function multipart(value: Uint8Array, metadata: JsonValue): { body: Uint8Array; type: string } {
  const boundary = `----cloudflare-kv-${randomBytes(16).toString('hex')}`;
  const part = (name: string, rest: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${rest}\r\n\r\n`;
  const body = Buffer.concat([
    Buffer.from(part('value', '; filename="value"\r\nContent-Type: application/octet-stream')),
    value,
    Buffer.from(`\r\n${part('metadata', '')}${metadataText(metadata)}\r\n--${boundary}--\r\n`),
  ]);
  return { body, type: `multipart/form-data; boundary=${boundary}` };
}
