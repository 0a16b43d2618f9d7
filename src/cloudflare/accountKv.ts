import { isTable, type Table } from '../core/base/table.ts';
import { type JsonValue, type KvKeyInfo, presentMetadata } from '../core/entry/entry.ts';
import { asPlain, metadataText } from '../core/entry/metadataJson.ts';
import type { Priority } from './budget.ts';
import type { BulkReply } from './bulkReply.ts';
import type { Comparison } from './comparison.ts';
import { FailedRequest } from './failure.ts';
import { isList } from './json.ts';
import type { Requests } from './requests.ts';
import { checkIds, valuePath } from './valuePath.ts';

/** How to make a call. */
export interface CallOptions {
  readonly priority: Priority;
  readonly signal?: AbortSignal | undefined;
  /** The signal only ends the wait to send; a request already sent is awaited to its end. */
  readonly letFinish?: boolean;
  /** The call is not sent again if it fails. */
  readonly repeat?: 'once';
  /** For a write: what it relies on. */
  readonly compared?: Comparison;
}

export interface RemoteNamespace {
  readonly id: string;
  readonly title: string;
  /** The region where the data must stay: "eu". */
  readonly jurisdiction?: string;
}

export interface RemotePage {
  readonly keys: readonly KvKeyInfo[];
  readonly cursor?: string;
}

/** An entry as the bulk read returns it: only as text, so a value that is not text is damaged. */
export interface TextEntry {
  readonly text: string;
  readonly metadata?: JsonValue;
  readonly expiration?: number;
}

export interface PutOptions extends CallOptions {
  readonly metadata?: JsonValue | undefined;
  /** Unix seconds. */
  readonly expiration?: number | undefined;
}

/** The page size for namespaces; an account cannot have more of them. */
const NAMESPACES_PER_PAGE = 1000;
const VALUE_TYPE = 'application/octet-stream';

/**
 * The KV API of one account. Answers are checked before they are used; ids and keys are checked before they become part
 * of a path. Rejects like {@link Requests}.
 */
export class AccountKv {
  readonly #requests: Requests;
  readonly #account: string;

  constructor(requests: Requests, account: string) {
    this.#requests = requests;
    this.#account = account;
  }

  /** One page, counted from 1, and whether another one follows. */
  async listNamespaces(
    page: number,
    call: CallOptions,
    perPage = NAMESPACES_PER_PAGE,
  ): Promise<{ namespaces: readonly RemoteNamespace[]; more: boolean }> {
    checkIds(this.#account);
    const name = 'list namespaces';
    const { result, result_info } = await this.#requests.json({
      ...call,
      name,
      send: (client, options) =>
        client.kv.namespaces.list({ account_id: this.#account, page, per_page: perPage }, options).asResponse(),
    });
    const namespaces = every(name, result, toNamespace);
    const total = isTable(result_info) ? result_info.total_count : undefined;
    const seen = (page - 1) * perPage + namespaces.length;
    return { namespaces, more: namespaces.length > 0 && typeof total === 'number' && seen < total };
  }

  /** Not repeated if its answer is lost. */
  async createNamespace(title: string, call: CallOptions): Promise<RemoteNamespace> {
    checkIds(this.#account);
    const name = 'create namespace';
    const { result } = await this.#requests.json({
      ...call,
      name,
      repeat: 'once',
      send: (client, options) =>
        client.kv.namespaces.create({ account_id: this.#account, title }, options).asResponse(),
    });
    return toNamespace(result) ?? strange(name);
  }

  async renameNamespace(id: string, title: string, call: CallOptions): Promise<void> {
    checkIds(this.#account, id);
    await this.#requests.json({
      ...call,
      name: 'rename namespace',
      send: (client, options) =>
        client.kv.namespaces.update(id, { account_id: this.#account, title }, options).asResponse(),
    });
  }

  async deleteNamespace(id: string, call: CallOptions): Promise<void> {
    checkIds(this.#account, id);
    await this.#requests.json({
      ...call,
      name: 'delete namespace',
      send: (client, options) => client.kv.namespaces.delete(id, { account_id: this.#account }, options).asResponse(),
    });
  }

  async listKeys(
    namespace: string,
    query: { readonly prefix?: string; readonly cursor?: string; readonly limit: number },
    call: CallOptions,
  ): Promise<RemotePage> {
    checkIds(this.#account, namespace);
    const name = 'list keys';
    const { result, result_info } = await this.#requests.json({
      ...call,
      name,
      send: (client, options) =>
        client.kv.namespaces.keys.list(namespace, { account_id: this.#account, ...query }, options).asResponse(),
    });
    const keys = every(name, result, toKeyInfo);
    const cursor = isTable(result_info) ? result_info.cursor : undefined;
    return typeof cursor === 'string' && cursor !== '' ? { keys, cursor } : { keys };
  }

  /** Rejects with code 10009 for a missing key. */
  async getValue(namespace: string, key: string, call: CallOptions) {
    const path = valuePath(this.#account, namespace, key);
    const { headers, bytes } = await this.#requests.bytes({
      ...call,
      name: 'read value',
      // A raw request, because the SDK's typed method offers nothing more. Without an `Accept` header, the SDK would
      // ask for JSON.
      send: (client, options) => client.get(path, { ...options, headers: { accept: VALUE_TYPE } }).asResponse(),
    });
    const expiration = headers.get('expiration');
    return { bytes, ...(expiration !== null && { expiration: Number(expiration) }) };
  }

  /** Rejects with code 10009 for a missing key. */
  async getMetadata(namespace: string, key: string, call: CallOptions): Promise<JsonValue | undefined> {
    // Only for its checks: the SDK builds the path itself.
    valuePath(this.#account, namespace, key);
    const name = 'read metadata';
    const answer = await this.#requests.json({
      ...call,
      name,
      metadata: ['result'],
      send: (client, options) =>
        client.kv.namespaces.metadata
          .get(key, { account_id: this.#account, namespace_id: namespace }, options)
          .asResponse(),
    });
    return 'result' in answer ? presentMetadata(answer.result as JsonValue) : strange(name);
  }

  /** Replaces value, metadata and expiration together. */
  async putValue(namespace: string, key: string, value: Uint8Array, options: PutOptions): Promise<void> {
    const path = valuePath(this.#account, namespace, key);
    const { metadata: given, expiration, ...call } = options;
    const metadata = presentMetadata(given);
    const query = expiration === undefined ? {} : { expiration };
    await this.#requests.json({
      ...call,
      name: 'write value',
      uploadBytes: value.length,
      send: (client, own) =>
        metadata === undefined
          ? client.put(path, { ...own, query, body: value, headers: { 'content-type': VALUE_TYPE } }).asResponse()
          : client.put(path, { ...own, query, body: formOf(value, metadata) }).asResponse(),
    });
  }

  async deleteValue(namespace: string, key: string, call: CallOptions): Promise<void> {
    const path = valuePath(this.#account, namespace, key);
    await this.#requests.json({
      ...call,
      name: 'delete value',
      send: (client, options) => client.delete(path, options).asResponse(),
    });
  }

  /** `body` returns the JSON for each attempt, which has up to `bytes` bytes. */
  async bulkPut(namespace: string, body: () => Uint8Array, bytes: number, call: CallOptions): Promise<BulkReply> {
    checkIds(this.#account, namespace);
    const name = 'write many';
    const { result } = await this.#requests.json({
      ...call,
      name,
      uploadBytes: bytes,
      send: (client, options) =>
        client
          .put(`/accounts/${this.#account}/storage/kv/namespaces/${namespace}/bulk`, {
            ...options,
            body: body(),
            headers: { 'content-type': 'application/json' },
          })
          .asResponse(),
    });
    return bulkReply(name, result);
  }

  /** Resolves to the keys that were not deleted. */
  async bulkDelete(namespace: string, keys: () => readonly string[], call: CallOptions): Promise<BulkReply> {
    checkIds(this.#account, namespace);
    const name = 'delete many';
    const { result } = await this.#requests.json({
      ...call,
      name,
      send: (client, options) =>
        client.kv.namespaces
          .bulkDelete(namespace, { account_id: this.#account, body: [...keys()] }, options)
          .asResponse(),
    });
    return bulkReply(name, result);
  }

  /**
   * Reads up to 100 keys. Missing keys are not in the map; keys that the answer does not mention are in it as
   * `undefined`.
   */
  async bulkGet(
    namespace: string,
    keys: readonly string[],
    call: CallOptions,
  ): Promise<ReadonlyMap<string, TextEntry | undefined>> {
    checkIds(this.#account, namespace);
    const name = 'read many';
    const { result } = await this.#requests.json({
      ...call,
      name,
      metadata: ['result', 'values', '*', 'metadata'],
      send: (client, options) =>
        client.kv.namespaces
          .bulkGet(namespace, { account_id: this.#account, keys: [...keys], type: 'text', withMetadata: true }, options)
          .asResponse(),
    });
    const values = isTable(result) && isTable(result.values) ? new Map(Object.entries(result.values)) : strange(name);
    const entries = new Map<string, TextEntry | undefined>();
    for (const key of keys) {
      const entry = values.get(key);
      if (entry !== null) entries.set(key, toTextEntry(entry));
    }
    return entries;
  }
}

function formOf(value: Uint8Array, metadata: JsonValue): FormData {
  const form = new FormData();
  form.append('value', new Blob([value as Uint8Array<ArrayBuffer>]), 'value');
  form.append('metadata', metadataText(metadata));
  return form;
}

function strange(name: string): never {
  throw new FailedRequest({ kind: 'strange', detail: `${name}: an answer of another form` });
}

function every<T>(name: string, result: unknown, to: (item: unknown) => T | undefined): readonly T[] {
  return isList(result) ? result.map((item) => to(item) ?? strange(name)) : strange(name);
}

function bulkReply(name: string, result: unknown): BulkReply {
  const { unsuccessful_keys: keys, successful_key_count: count } = isTable(result) ? result : {};
  // An answer without any numbers confirms no key.
  const done = keys === undefined && count === undefined ? 0 : count;
  return {
    undone: every(name, keys ?? [], (key) => (typeof key === 'string' ? key : undefined)),
    ...(typeof done === 'number' && { done }),
  };
}

const toNamespace = (item: unknown): RemoteNamespace | undefined =>
  isTable(item) && typeof item.id === 'string' && typeof item.title === 'string'
    ? {
        id: item.id,
        title: item.title,
        ...(typeof item.jurisdiction === 'string' && { jurisdiction: item.jurisdiction }),
      }
    : undefined;

const toKeyInfo = (item: unknown): KvKeyInfo | undefined =>
  isTable(item) && typeof item.name === 'string' ? { name: item.name, ...extrasOf(item) } : undefined;

const toTextEntry = (item: unknown): TextEntry | undefined =>
  isTable(item) && typeof item.value === 'string' ? { text: item.value, ...extrasOf(item) } : undefined;

/** The cast is safe because any JSON value may be metadata. */
function extrasOf({ metadata, expiration }: Table): { metadata?: JsonValue; expiration?: number } {
  const present = presentMetadata(metadata as JsonValue | undefined);
  const seconds = asPlain(expiration);
  return {
    ...(present !== undefined && { metadata: present }),
    ...(typeof seconds === 'number' && { expiration: seconds }),
  };
}
