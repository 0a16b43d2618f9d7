import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, OpenAPIBackend } from 'openapi-backend';
import { root } from '../../vscodeHost/paths.ts';
import type { Answer, Route } from './api.ts';

const FILE = join(root, 'test', 'fixtures', 'kv-openapi.json');

/** A request as it was received. */
export interface Incoming {
  readonly method: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed body, if it is JSON. */
  readonly json?: unknown;
}

let loaded: Promise<Contract> | undefined;

/** Checks requests and replies against the API's description; each check returns what is wrong. */
export class Contract {
  readonly #api: OpenAPIBackend;

  private constructor(api: OpenAPIBackend) {
    this.#api = api;
  }

  /** Shared by all servers of a process, because the first use of each operation takes a while. */
  static async load(): Promise<Contract> {
    loaded ??= Contract.#load();
    return await loaded;
  }

  static async #load(): Promise<Contract> {
    const definition: Document = JSON.parse(readFileSync(FILE, 'utf8'));
    const api = new OpenAPIBackend({
      definition,
      ajvOpts: { strict: false, formats: { 'date-time': true } },
      quick: true,
    });
    await api.init();
    return new Contract(api);
  }

  request({ operation, account, namespace, key }: Route, { method, query, headers, json }: Incoming): string[] {
    const description = this.#api.router.getOperation(operation);
    if (description === undefined) return [`no operation ${operation}`];
    // The path has a placeholder for the key; its escaping is checked by what arrives in the namespace.
    const path = description.path
      .replace('{account_id}', account)
      .replace('{namespace_id}', namespace)
      .replace('{key_name}', 'key');
    // The operation itself reads bytes and forms.
    const body = operation === 'putValue' ? {} : json;
    const { errors } = this.#api.validator.validateRequest(
      { method, path, query: { ...query }, headers: plainHeaders(headers), ...(body !== undefined && { body }) },
      operation,
    );
    const problems = (errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
    const bytes = Buffer.byteLength(key);
    if (description.path.includes('{key_name}') && (bytes < 1 || bytes > 512 || key === '.' || key === '..')) {
      problems.push(`illegal key of ${bytes} bytes`);
    }
    return problems.map((problem) => `${operation} request: ${problem}`);
  }

  reply(operation: string, { status, json, headers }: Answer): string[] {
    if (json === undefined) {
      return status === 200 && headers['content-type'] !== 'application/octet-stream'
        ? [`${operation} reply: a value of type ${headers['content-type']}`]
        : [];
    }
    const { errors } = this.#api.validator.validateResponse(json, operation, status);
    return (errors ?? []).map(
      ({ instancePath, message }) => `${operation} reply ${status}: ${instancePath} ${message}`,
    );
  }
}

function plainHeaders(headers: Incoming['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
