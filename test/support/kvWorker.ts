import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import type { KvEntry } from '../../src/core/entry/entry.ts';

/** Runs inside workerd as a user's Worker, with values as base64. */
const SCRIPT = `
const encode = (bytes) => bytes.toBase64 ? bytes.toBase64() : btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(''));
const decode = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
export default {
  async fetch(request, env) {
    const { action, entries = [], keys = [] } = await request.json();
    if (action === 'put') {
      for (const { key, base64, metadata, expiration } of entries) await env.KV.put(key, decode(base64), { metadata, expiration });
      return Response.json({});
    }
    if (action === 'delete') {
      for (const key of keys) await env.KV.delete(key);
      return Response.json({});
    }
    const all = [];
    let cursor;
    do {
      const page = await env.KV.list({ cursor });
      for (const { name, expiration, metadata } of page.keys) {
        const { value, metadata: own } = await env.KV.getWithMetadata(name, 'arrayBuffer');
        if (JSON.stringify(own ?? null) !== JSON.stringify(metadata ?? null)) throw new Error('metadata of get and list differ: ' + name);
        all.push({ key: name, base64: value && encode(new Uint8Array(value)), metadata: metadata ?? undefined, expiration });
      }
      cursor = page.list_complete ? undefined : page.cursor;
    } while (cursor);
    return Response.json(all);
  },
};`;

interface WireEntry {
  readonly key: string;
  readonly base64: string;
  readonly metadata?: KvEntry['metadata'];
  readonly expiration?: number;
}

/** A Worker in real workerd on one namespace of a state folder. It holds the lock like a dev server. */
export class KvWorker {
  readonly #miniflare: Miniflare;

  private constructor(miniflare: Miniflare) {
    this.#miniflare = miniflare;
  }

  static async start(stateFolder: string, namespaceId: string): Promise<KvWorker> {
    const miniflare = new Miniflare({
      resourcePersistencePath: join(stateFolder, 'v3'),
      cf: false,
      telemetry: { enabled: false },
      workers: [
        {
          config: {
            name: 'worker',
            compatibilityDate: '2026-01-01',
            env: { KV: { type: 'kv', id: namespaceId } },
            manifest: { mainModule: 'worker.js', modules: { 'worker.js': { type: 'esm', contents: SCRIPT } } },
          },
        },
      ],
    });
    await miniflare.ready;
    return new KvWorker(miniflare);
  }

  async put(entries: readonly KvEntry[]): Promise<void> {
    const wire = entries.map(({ value, ...rest }) => ({ ...rest, base64: Buffer.from(value).toString('base64') }));
    await this.#call({ action: 'put', entries: wire });
  }

  async delete(keys: readonly string[]): Promise<void> {
    await this.#call({ action: 'delete', keys });
  }

  /** Every entry as the Worker sees it, in listing order. */
  async dump(): Promise<KvEntry[]> {
    const entries = (await this.#call({ action: 'dump' })) as WireEntry[];
    return entries.map(({ base64, ...rest }) => ({ ...rest, value: new Uint8Array(Buffer.from(base64, 'base64')) }));
  }

  async stop(): Promise<void> {
    await this.#miniflare.dispose();
  }

  async #call(body: unknown): Promise<unknown> {
    const reply = await this.#miniflare.dispatchFetch('http://localhost/', {
      method: 'POST',
      body: JSON.stringify(body),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(text);
    return JSON.parse(text);
  }
}
