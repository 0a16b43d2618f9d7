import type { JsonValue } from '../../../src/core/entry/entry.ts';
import { AFTER_EMPTY_PAGE, type Answer, type Operation, Refusal, type Route, success } from './api.ts';
import type { InsideOperation } from './inside/routes.ts';
import type { BackendItem } from './kvBackend.ts';
import type { NamespaceRecord, Namespaces } from './namespaces.ts';

/** A request whose form was already checked. */
export interface Request {
  readonly route: Route;
  readonly query: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly body: Buffer;
  /** The parsed body, if it is JSON. */
  readonly json: unknown;
  /** How many keys bulk operations leave undone. */
  readonly unsuccessful: number;
}

export interface HandlerParts {
  readonly namespaces: Namespaces;
  readonly create: (account: string, title: string) => NamespaceRecord;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const VALUE_BYTES = 26_214_400;
const METADATA_BYTES = 1024;
const BULK_BYTES = 100_000_000;

type Handler = (request: Request, parts: HandlerParts) => Promise<Answer> | Answer;
type StorageOperation = Exclude<
  Operation,
  'listAccounts' | 'verifyUserToken' | 'verifyAccountToken' | 'readUsage' | InsideOperation
>;

const describe = ({ id, title }: NamespaceRecord) => ({ id, title, supports_url_encoding: true });
const keysOf = ({ route }: Request, { namespaces }: HandlerParts) =>
  namespaces.get(route.account, route.namespace).keys;

/** The API's behaviour for each operation on namespaces and keys. */
export const handlers: Readonly<Record<StorageOperation, Handler>> = {
  listNamespaces({ route, query }, { namespaces }) {
    const all = namespaces.of(route.account);
    const page = Number(query.page ?? 1);
    const perPage = Number(query.per_page ?? 20);
    const shown = all.slice((page - 1) * perPage, page * perPage);
    return success(shown.map(describe), {
      result_info: {
        page,
        per_page: perPage,
        count: shown.length,
        total_count: all.length,
        total_pages: Math.ceil(all.length / perPage),
      },
    });
  },

  createNamespace({ route, json }, { create }) {
    const { title } = json as { title: string };
    return success(describe(create(route.account, title)));
  },

  getNamespace({ route }, { namespaces }) {
    return success(describe(namespaces.get(route.account, route.namespace)));
  },

  renameNamespace({ route, json }, { namespaces }) {
    const { title } = json as { title: string };
    namespaces.rename(route.account, route.namespace, title);
    return success({});
  },

  deleteNamespace({ route }, { namespaces }) {
    namespaces.remove(route.account, route.namespace);
    return success(null);
  },

  async listKeys(request, parts) {
    const { query } = request;
    const { prefix, cursor, limit = '1000' } = query;
    const page = await keysOf(request, parts).list({
      limit: Number(limit),
      ...(prefix && { prefix }),
      ...(cursor && cursor !== AFTER_EMPTY_PAGE && { cursor }),
    });
    return success(page.keys, { result_info: { count: page.keys.length, cursor: page.cursor ?? '' } });
  },

  async getValue(request, parts) {
    const value = await keysOf(request, parts).get(request.route.key);
    if (value === undefined) throw new Refusal(404, 10009, "get: 'key not found'");
    return {
      status: 200,
      headers: {
        'content-type': 'application/octet-stream',
        ...(value.expiration !== undefined && { expiration: String(value.expiration) }),
      },
      body: value.bytes,
    };
  },

  async getMetadata(request, parts) {
    const value = await keysOf(request, parts).metadata(request.route.key);
    if (value === undefined) throw new Refusal(404, 10009, "get: 'key not found'");
    return success(value.metadata);
  },

  async putValue(request, parts) {
    const { value, metadata } = await valueAndMetadata(request);
    const item = { key: request.route.key, ...metadata, ...expirationOf(request.query, parts) };
    checkItem(item, value.length, parts);
    await keysOf(request, parts).put(item, value);
    return success({});
  },

  async deleteValue(request, parts) {
    await keysOf(request, parts).deleteMany([request.route.key]);
    return success(null);
  },

  async bulkPut(request, parts) {
    if (request.body.length > BULK_BYTES) throw new Refusal(413, 10024, 'request too large');
    const items = (request.json as (BackendItem & { expiration_ttl?: number })[]).map(
      ({ expiration_ttl, ...item }): BackendItem => ({ ...item, ...expirationOf({ ...item, expiration_ttl }, parts) }),
    );
    for (const item of items) {
      checkItem(item, Buffer.byteLength(item.value, item.base64 ? 'base64' : 'utf8'), parts);
    }
    const done = items.slice(request.unsuccessful);
    await keysOf(request, parts).putMany(done);
    return bulkResult(
      done.length,
      items.slice(0, request.unsuccessful).map(({ key }) => key),
    );
  },

  bulkDelete: bulkDelete,
  bulkDeleteLegacy: bulkDelete,

  async bulkGet(request, parts) {
    const {
      keys,
      type = 'text',
      withMetadata = false,
    } = request.json as {
      keys: string[];
      type?: string;
      withMetadata?: boolean;
    };
    const values = await keysOf(request, parts).getMany(keys);
    const pairs = keys.map((key, i): [string, unknown] => {
      const found = values[i];
      if (found === undefined) return [key, null];
      const { text, ...rest } = found;
      const value: JsonValue = type === 'json' ? JSON.parse(text) : text;
      return [key, withMetadata ? { value, ...rest } : value];
    });
    return success({ values: Object.fromEntries(pairs) });
  },
};

async function bulkDelete(request: Request, parts: HandlerParts): Promise<Answer> {
  const keys = request.json as string[];
  const done = keys.slice(request.unsuccessful);
  await keysOf(request, parts).deleteMany(done);
  return bulkResult(done.length, keys.slice(0, request.unsuccessful));
}

const bulkResult = (done: number, unsuccessful: readonly string[]): Answer =>
  success({ successful_key_count: done, unsuccessful_keys: unsuccessful });

async function valueAndMetadata({ body, contentType }: Request) {
  if (!contentType.startsWith('multipart/form-data')) return { value: body, metadata: {} };
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  const value = form.get('value');
  const metadata = form.get('metadata');
  if (value === null) throw new Refusal(400, 10012, 'no field value');
  if (typeof metadata !== 'string') throw new Refusal(400, 10047, 'metadata is required');
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(await value.arrayBuffer());
  return { value: bytes, metadata: { metadata: parseMetadata(metadata) } };
}

function parseMetadata(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 10047, 'metadata must be valid JSON');
  }
}

function expirationOf(
  { expiration, expiration_ttl: ttl }: { expiration?: unknown; expiration_ttl?: unknown },
  { now }: HandlerParts,
): { expiration?: number } {
  if (ttl !== undefined) return { expiration: Math.floor(now() / 1000) + Number(ttl) };
  return expiration === undefined ? {} : { expiration: Number(expiration) };
}

function checkItem(item: Omit<BackendItem, 'value' | 'base64'>, bytes: number, { now }: HandlerParts): void {
  const keyBytes = Buffer.byteLength(item.key);
  if (item.key === '.' || item.key === '..' || keyBytes === 0) throw new Refusal(400, 10042, 'illegal key name');
  if (keyBytes > 512) throw new Refusal(414, 10030, 'key too long');
  if (bytes > VALUE_BYTES) throw new Refusal(413, 10024, 'value too large');
  if (Buffer.byteLength(JSON.stringify(item.metadata ?? null)) > METADATA_BYTES) {
    throw new Refusal(400, 10047, 'metadata too large');
  }
  if (item.expiration !== undefined && item.expiration < Math.floor(now() / 1000) + 60) {
    throw new Refusal(400, 10033, 'expiration must be at least 60 seconds in the future');
  }
}
