import type { JsonValue } from '../../../src/core/entry/entry.ts';
import { type InsideOperation, insideRouteOf } from './inside/routes.ts';

/** Every operation of the contract, by its `operationId`. */
export type Operation =
  | 'listAccounts'
  | 'verifyUserToken'
  | 'verifyAccountToken'
  | 'listNamespaces'
  | 'createNamespace'
  | 'getNamespace'
  | 'renameNamespace'
  | 'deleteNamespace'
  | 'listKeys'
  | 'getValue'
  | 'putValue'
  | 'deleteValue'
  | 'getMetadata'
  | 'bulkPut'
  | 'bulkDelete'
  | 'bulkDeleteLegacy'
  | 'bulkGet'
  /** In the GraphQL API, whose contract is its schema. */
  | 'readUsage'
  | InsideOperation;

/** The cursor of the empty page that a fault puts at the start of a listing. */
export const AFTER_EMPTY_PAGE = 'after-empty-page';

/** What a request asks for, according to its path. */
export interface Route {
  readonly operation: Operation;
  readonly account: string;
  readonly namespace: string;
  readonly key: string;
}

/** An answer before it is sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Checked against the contract; absent for raw bytes. */
  readonly json?: unknown;
}

/** A request that the API refuses, with the contract's status and code. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: number;
  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function jsonAnswer(status: number, json: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = Buffer.from(JSON.stringify(json));
  return { status, headers: { 'content-type': 'application/json', ...headers }, body, json };
}

export const success = (result: unknown, more: Readonly<Record<string, JsonValue>> = {}): Answer =>
  jsonAnswer(200, { result, success: true, errors: [], messages: [], ...more });

export const failure = (
  status: number,
  code: number,
  message: string,
  headers?: Readonly<Record<string, string>>,
): Answer => jsonAnswer(status, { result: null, success: false, errors: [{ code, message }], messages: [] }, headers);

const NAMESPACES = /^\/accounts\/([^/]+)\/storage\/kv\/namespaces(?:\/([^/]+)(?:\/(.*))?)?$/;

/**
 * The operation for a path below the base URL, which is still escaped; `undefined` for one that the API does not have.
 */
export function routeOf(method: string, path: string): Route | undefined {
  const route = (operation: Operation, account = '', namespace = '', key = ''): Route => ({
    operation,
    account,
    namespace,
    key,
  });
  if (method === 'POST' && path === '/graphql') return route('readUsage');
  if (method === 'GET' && path === '/accounts') return route('listAccounts');
  if (method === 'GET' && path === '/user/tokens/verify') return route('verifyUserToken');
  const verify = /^\/accounts\/([^/]+)\/tokens\/verify$/.exec(path);
  if (method === 'GET' && verify) return route('verifyAccountToken', verify[1]);
  const inside = insideRouteOf(method, path);
  if (inside) return { namespace: '', ...inside };
  const [, account, namespace, rest] = NAMESPACES.exec(path) ?? [];
  if (account === undefined) return undefined;
  if (namespace === undefined) {
    if (method === 'GET') return route('listNamespaces', account);
    return method === 'POST' ? route('createNamespace', account) : undefined;
  }
  const [part, key] = split(rest ?? '');
  const operation = PARTS[`${method} ${key === undefined ? part : `${part}/`}`];
  return operation && route(operation, account, namespace, key === undefined ? '' : decodeURIComponent(key));
}

/** `values/a%2Fb` is the part `values` and a key; `bulk/get` is a single part. */
function split(rest: string): [part: string, key?: string] {
  const match = /^(values|metadata)\/([^/]*)$/.exec(rest);
  return match ? [match[1] ?? '', match[2] ?? ''] : [rest];
}

const PARTS: Readonly<Record<string, Operation>> = {
  'GET ': 'getNamespace',
  'PUT ': 'renameNamespace',
  'DELETE ': 'deleteNamespace',
  'GET keys': 'listKeys',
  'GET values/': 'getValue',
  'PUT values/': 'putValue',
  'DELETE values/': 'deleteValue',
  'GET metadata/': 'getMetadata',
  'PUT bulk': 'bulkPut',
  'DELETE bulk': 'bulkDeleteLegacy',
  'POST bulk/delete': 'bulkDelete',
  'POST bulk/get': 'bulkGet',
};
