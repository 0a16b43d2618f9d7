import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import type { JsonValue } from '../../../src/core/entry/entry.ts';
import { memoryFolder } from '../memoryFolder.ts';

/** How many KV bindings the Worker starts with; more are added when they are used up. */
const FIRST_SLOTS = 64;

/** Runs inside workerd over Miniflare's KV: one operation per request, values as raw bodies, bulk values as base64. */
const SCRIPT = `
const inParallel = async (items, run) => {
  const all = new Array(items.length);
  let next = 0;
  await Promise.all(Array.from({ length: 32 }, async () => {
    for (let i = next++; i < items.length; i = next++) all[i] = await run(items[i]);
  }));
  return all;
};
const bytes = (base64) => Uint8Array.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
const text = (buffer) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(buffer);
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const kv = env[url.searchParams.get('slot')];
    const about = JSON.parse(url.searchParams.get('about'));
    switch (url.pathname) {
      case '/get': {
        const { value, metadata } = await kv.getWithMetadata(about.key, 'arrayBuffer');
        if (value === null) return new Response(null, { status: 404 });
        return new Response(value, { headers: { metadata: encodeURIComponent(JSON.stringify(metadata)) } });
      }
      case '/put':
        await kv.put(about.key, request.body ?? '', { metadata: about.metadata, expiration: about.expiration });
        return Response.json(null);
      case '/list':
        return Response.json(await kv.list(about));
      case '/getMany':
        return Response.json(await inParallel(await request.json(), async (key) => {
          const { value, metadata } = await kv.getWithMetadata(key, 'arrayBuffer');
          return value === null ? null : { value: text(value), metadata };
        }));
      case '/putMany':
        await inParallel(await request.json(), ({ key, value, base64, metadata, expiration }) =>
          kv.put(key, base64 ? bytes(value) : value, { metadata, expiration }));
        return Response.json(null);
      case '/deleteMany':
        await inParallel(await request.json(), (key) => kv.delete(key));
        return Response.json(null);
    }
  },
};`;

export interface BackendKey {
  readonly name: string;
  readonly metadata?: JsonValue;
  readonly expiration?: number;
}

export interface BackendPage {
  readonly keys: readonly BackendKey[];
  readonly cursor?: string;
}

export interface BackendItem {
  readonly key: string;
  /** Text, or base64. */
  readonly value: string;
  readonly base64?: boolean;
  readonly metadata?: JsonValue;
  readonly expiration?: number;
}

export interface BackendValue {
  readonly bytes: Buffer;
  /** `null` for none. */
  readonly metadata: JsonValue;
}

/** Namespaces in Miniflare's real KV, behind a Worker of ours; they are made the first time that they are used. */
export class KvBackend {
  readonly #slots = new Map<string, string>();
  readonly #free: string[] = [];
  readonly #folder = mkdtempSync(join(memoryFolder(), 'cloudflare-kv-server-'));
  #miniflare: Miniflare | undefined;
  #count = 0;
  #url: Promise<URL> | undefined;
  readonly #removeFolder = (): void => rmSync(this.#folder, { recursive: true, force: true });

  constructor() {
    process.once('exit', this.#removeFolder);
  }

  async get(namespace: string, key: string): Promise<BackendValue | undefined> {
    const reply = await this.#call(namespace, '/get', { key });
    if (reply.status === 404) return undefined;
    return {
      bytes: Buffer.from(await reply.arrayBuffer()),
      metadata: JSON.parse(decodeURIComponent(reply.headers.get('metadata') ?? 'null')),
    };
  }

  async put(namespace: string, about: Omit<BackendItem, 'value' | 'base64'>, value: Uint8Array): Promise<void> {
    await this.#call(namespace, '/put', about, new Uint8Array(value));
  }

  async list(namespace: string, query: { prefix?: string; cursor?: string; limit?: number }): Promise<BackendPage> {
    const reply = await this.#call(namespace, '/list', query);
    const { keys, list_complete, cursor } = (await reply.json()) as BackendPage & { list_complete: boolean };
    return { keys, ...(!list_complete && cursor !== undefined && { cursor }) };
  }

  /** Of one key, without reading its value where that is possible. */
  async metadata(namespace: string, key: string): Promise<JsonValue | undefined> {
    const [first] = (await this.list(namespace, { prefix: key, limit: 1 })).keys;
    if (first?.name === key) return first.metadata ?? null;
    // Miniflare finds nothing by a prefix with a NUL in it.
    return (await this.get(namespace, key))?.metadata;
  }

  /** Values as text, `null` for missing keys, in the order of `keys`. */
  async getMany(
    namespace: string,
    keys: readonly string[],
  ): Promise<readonly ({ value: string; metadata: JsonValue } | null)[]> {
    const reply = await this.#call(namespace, '/getMany', {}, JSON.stringify(keys));
    return (await reply.json()) as ({ value: string; metadata: JsonValue } | null)[];
  }

  async putMany(namespace: string, items: readonly BackendItem[]): Promise<void> {
    await this.#call(namespace, '/putMany', {}, JSON.stringify(items));
  }

  async deleteMany(namespace: string, keys: readonly string[]): Promise<void> {
    await this.#call(namespace, '/deleteMany', {}, JSON.stringify(keys));
  }

  async stop(): Promise<void> {
    await this.#miniflare?.dispose();
    this.#removeFolder();
    process.off('exit', this.#removeFolder);
  }

  async #call(
    namespace: string,
    operation: string,
    about: object,
    body?: string | Uint8Array<ArrayBuffer>,
  ): Promise<Response> {
    const slot = await this.#slot(namespace);
    const query = new URLSearchParams({ slot, about: JSON.stringify(about) });
    const url = new URL(`${operation}?${query}`, await this.#url);
    const reply = await fetch(url, body === undefined ? {} : { method: 'POST', body });
    if (!reply.ok && reply.status !== 404) throw new Error(`The KV of the test server failed: ${await reply.text()}`);
    return reply;
  }

  async #slot(namespace: string): Promise<string> {
    for (;;) {
      const known = this.#slots.get(namespace);
      if (known !== undefined) {
        await this.#url;
        return known;
      }
      const free = this.#free.pop();
      if (free !== undefined) this.#slots.set(namespace, free);
      else await this.#grow();
    }
  }

  /** Calls that find nothing free at the same time share the new slots. */
  async #grow(): Promise<void> {
    const before = this.#count;
    const fresh = before === 0 ? FIRST_SLOTS : before;
    this.#count += fresh;
    const options = {
      resourcePersistencePath: this.#folder,
      cf: false,
      telemetry: { enabled: false },
      workers: [
        {
          config: {
            name: 'worker',
            compatibilityDate: '2026-01-01',
            env: Object.fromEntries(
              Array.from({ length: this.#count }, (_, i) => [`S${i}`, { type: 'kv', id: `s${i}` }]),
            ),
            manifest: { mainModule: 'worker.js', modules: { 'worker.js': { type: 'esm', contents: SCRIPT } } },
          },
        },
      ],
    } satisfies ConstructorParameters<typeof Miniflare>[0];
    for (let i = before; i < this.#count; i++) this.#free.push(`S${i}`);
    if (this.#miniflare === undefined) this.#miniflare = new Miniflare(options);
    const miniflare = this.#miniflare;
    this.#url = before === 0 ? miniflare.ready : miniflare.setOptions(options).then(() => miniflare.ready);
    await this.#url;
  }
}
