import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import type { JsonValue } from '../../../src/core/entry/entry.ts';
import { memoryFolder } from '../memoryFolder.ts';

/** The account's only bucket; everything that runs has it under this name. */
export const BUCKET = 'BUCKET';

/** How many KV bindings the Worker starts with; more are added when these are used up. */
const FIRST_SLOTS = 64;

/** Runs inside workerd on Miniflare's KV: one operation per request, values as raw bodies, bulk values as base64. */
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
      case '/objects':
        return Response.json((await env.BUCKET.list(about)).objects.map(({ key, size }) => ({ key, size })));
      case '/object':
        return new Response((await env.BUCKET.get(about.key)).body);
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

/** A Worker that runs beside it, in Miniflare's form. It is also bound to every namespace and the bucket. */
export interface BesideWorker {
  readonly name: string;
  readonly env: Readonly<Record<string, object>>;
  /** Module texts by name; the first is the main module. */
  readonly modules: Readonly<Record<string, string>>;
}

/** Namespaces in Miniflare's real KV, behind a Worker of the tests. They are created on first use. */
export class KvBackend {
  readonly #slots = new Map<string, string>();
  readonly #free: string[] = [];
  readonly #folder = mkdtempSync(join(memoryFolder(), 'cloudflare-kv-server-'));
  #miniflare: Miniflare | undefined;
  #count = 0;
  #url: Promise<URL> | undefined;
  /** How many of the slots the running Worker has. */
  #bound = 0;
  #beside: BesideWorker | undefined;
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

  /** The metadata of one key, without reading its value if possible. */
  async metadata(namespace: string, key: string): Promise<JsonValue | undefined> {
    const [first] = (await this.list(namespace, { prefix: key, limit: 1 })).keys;
    if (first?.name === key) return first.metadata ?? null;
    // Miniflare finds nothing for a prefix with a NUL in it.
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

  /** The name under which a Worker beside it is bound to a namespace. */
  slotOf(namespace: string): string {
    const known = this.#slots.get(namespace);
    if (known !== undefined) return known;
    if (this.#free.length === 0) this.#grow();
    const free = this.#free.pop() ?? '';
    this.#slots.set(namespace, free);
    return free;
  }

  /** Where a namespace lies, whether or not anything runs: wrangler's state folder, and its id there. */
  placeOf(namespace: string): { readonly state: string; readonly id: string } {
    return { state: this.#folder, id: idOf(this.slotOf(namespace)) };
  }

  /** Runs this Worker on the same data; the previous one ends. */
  async runBeside(worker: BesideWorker): Promise<void> {
    const isNew = worker !== this.#beside;
    this.#beside = worker;
    if (this.#count === 0) this.#grow();
    if (isNew || this.#bound < this.#count) await this.#apply();
  }

  /** Kills everything that runs, and starts it again on the data on disk. */
  async restart(): Promise<void> {
    await this.#miniflare?.dispose();
    this.#miniflare = undefined;
    await this.#apply();
  }

  /** Miniflare's own API, for what runs beside it. */
  async explorer(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
    const url = new URL(`/cdn-cgi/local/explorer/api${path}`, await this.#url);
    const reply = await fetch(url, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: reply.status, json: await reply.json() };
  }

  /** Names and sizes of the objects in the only bucket, or the bytes of one. */
  async objects(prefix: string): Promise<readonly { key: string; size: number }[]> {
    const reply = await this.#fetch('/objects', { about: JSON.stringify({ prefix }) });
    return (await reply.json()) as { key: string; size: number }[];
  }

  async object(key: string): Promise<Buffer> {
    return Buffer.from(await (await this.#fetch('/object', { about: JSON.stringify({ key }) })).arrayBuffer());
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
    return await this.#fetch(operation, { slot, about: JSON.stringify(about) }, body);
  }

  async #fetch(
    operation: string,
    query: Readonly<Record<string, string>>,
    body?: string | Uint8Array<ArrayBuffer>,
  ): Promise<Response> {
    const url = new URL(`${operation}?${new URLSearchParams(query)}`, await this.#url);
    const reply = await fetch(url, body === undefined ? {} : { method: 'POST', body });
    if (!reply.ok && reply.status !== 404) throw new Error(`The KV of the test server failed: ${await reply.text()}`);
    return reply;
  }

  /** The slot, once it exists. */
  async #slot(namespace: string): Promise<string> {
    const slot = this.slotOf(namespace);
    if (this.#bound < this.#count) await this.#apply();
    await this.#url;
    return slot;
  }

  #grow(): void {
    const before = this.#count;
    this.#count += before === 0 ? FIRST_SLOTS : before;
    for (let i = before; i < this.#count; i++) this.#free.push(`S${i}`);
  }

  async #apply(): Promise<void> {
    this.#bound = this.#count;
    const env = this.#env();
    const beside = this.#beside && { ...this.#beside, env: { ...env, ...this.#beside.env } };
    const workers = [{ name: 'worker', env, modules: { 'worker.js': SCRIPT } }, ...(beside ? [beside] : [])];
    const options = {
      resourcePersistencePath: this.#folder,
      cf: false,
      telemetry: { enabled: false },
      ...(beside && { unsafeLocalExplorer: true }),
      workers: workers.map(({ name, env, modules }) => ({
        config: {
          name,
          compatibilityDate: '2026-01-01',
          env: env as Record<string, { type: 'kv'; id: string }>,
          manifest: {
            mainModule: Object.keys(modules)[0] ?? '',
            modules: Object.fromEntries(
              Object.entries(modules).map(([file, contents]) => [file, { type: 'esm' as const, contents }]),
            ),
          },
        },
      })),
    } satisfies ConstructorParameters<typeof Miniflare>[0];
    const before = this.#miniflare;
    this.#miniflare ??= new Miniflare(options);
    const miniflare = this.#miniflare;
    this.#url = before === undefined ? miniflare.ready : miniflare.setOptions(options).then(() => miniflare.ready);
    await this.#url;
  }

  #env(): Record<string, object> {
    const slots = Array.from({ length: this.#count }, (_, i) => [`S${i}`, { type: 'kv', id: idOf(`S${i}`) }]);
    const bucket = this.#beside ? { [BUCKET]: { type: 'r2', name: 'bucket' } } : {};
    return { ...Object.fromEntries(slots), ...bucket };
  }
}

const idOf = (slot: string): string => slot.toLowerCase();
