import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSchema, type GraphQLResolveInfo, type GraphQLSchema, graphql, parse, validate } from 'graphql';
import { root } from '../../vscodeHost/paths.ts';
import { type Answer, jsonAnswer } from './api.ts';
import type { Token } from './tokens.ts';

/** What was done in a namespace on a day, or what was in it. */
export interface Counted {
  readonly account: string;
  readonly namespace: string;
  /** `YYYY-MM-DD`. */
  readonly day: string;
}

export interface CountedOperations extends Counted {
  readonly action: 'read' | 'write' | 'delete' | 'list';
  readonly requests: number;
  /** Latency of each operation, in milliseconds. */
  readonly latency: number;
}

export interface CountedStorage extends Counted {
  readonly keys: number;
  readonly bytes: number;
}

/** An error instead of the part of a query with this name; the other parts are answered as usual. */
export interface AnalyticsError {
  readonly part: string;
  readonly code: string;
}

interface Groups {
  readonly limit: number;
  readonly filter: Readonly<Record<string, unknown>>;
  readonly orderBy?: readonly ('date_ASC' | 'date_DESC')[];
}

/** The GraphQL API. A query that does not fit its schema is answered only with errors, as everywhere. */
export class Analytics {
  readonly #schema: GraphQLSchema;
  operations: readonly CountedOperations[] = [];
  storage: readonly CountedStorage[] = [];
  /** Parts that fail. */
  errors: readonly AnalyticsError[] = [];
  /** Follows only the documentation, in which grouping by namespace is an unknown field. */
  isStrict = false;
  /** Queries that the schema does not allow, with the reason. */
  readonly violations: string[] = [];
  /** Every query, in order. */
  readonly asked: string[] = [];

  private constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  static async load(): Promise<Analytics> {
    const text = await readFile(join(root, 'test', 'fixtures', 'analytics.graphql'), 'utf8');
    return new Analytics(buildSchema(text));
  }

  /** `now` is in Unix milliseconds. */
  async answer(token: Token, body: Buffer, now: number): Promise<Answer> {
    const { query } = JSON.parse(body.toString()) as { query: string };
    this.asked.push(query);
    const wrong = validate(this.#schema, parse(query)).map(({ message }) => message);
    this.violations.push(...wrong);
    if (this.isStrict && /dimensions \{[^}]*namespaceId/.test(query)) wrong.push('unknown field "namespaceId"');
    if (wrong.length > 0) return jsonAnswer(200, { data: null, errors: wrong.map((message) => ({ message })) });
    const refused = this.#refusal(token, query);
    if (refused) return refused;
    const { data, errors } = await graphql({ schema: this.#schema, source: query, rootValue: this.#root(now) });
    const told = (errors ?? []).map(({ message, path, extensions }) => ({ message, path, extensions }));
    return jsonAnswer(200, { data, errors: told.length > 0 ? told : null });
  }

  /** The API's form of a refusal, which has status 200. */
  #refusal({ analytics, accounts }: Token, query: string): Answer | undefined {
    const account = /accountTag: "([^"]*)"/.exec(query)?.[1];
    if (analytics && accounts.some(({ id }) => id === account)) return undefined;
    const error = { message: 'not authorized for that account', path: ['viewer', 'accounts'] };
    return jsonAnswer(200, { data: null, errors: [{ ...error, extensions: { code: 'authz' } }] });
  }

  #root(now: number): unknown {
    return {
      viewer: {
        accounts: ({ filter }: { filter: { accountTag: string } }) => [
          {
            kvOperationsAdaptiveGroups: (groups: Groups, _: unknown, info: GraphQLResolveInfo) => {
              this.#fail(info);
              checkAge(groups, now);
              const rows = this.operations.filter((row) => isMeant(row, filter.accountTag, groups));
              return grouped(rows, dimensionsOf(info), groups, (own, dimensions) => ({
                sum: { requests: sum(own.map(({ requests }) => requests)) },
                quantiles: { latencyMsP50: quantile(own, 0.5), latencyMsP99: quantile(own, 0.99) },
                dimensions,
              }));
            },
            kvStorageAdaptiveGroups: (groups: Groups, _: unknown, info: GraphQLResolveInfo) => {
              this.#fail(info);
              checkAge(groups, now);
              const rows = this.storage.filter((row) => isMeant(row, filter.accountTag, groups));
              return grouped(rows, dimensionsOf(info), groups, (own, dimensions) => ({
                // The largest of the group, as in the real API.
                max: {
                  keyCount: Math.max(...own.map(({ keys }) => keys)),
                  byteCount: Math.max(...own.map(({ bytes }) => bytes)),
                },
                dimensions,
              }));
            },
          },
        ],
      },
    };
  }

  #fail({ path }: GraphQLResolveInfo): void {
    const failing = this.errors.find(({ part }) => part === String(path.key));
    if (!failing) return;
    throw Object.assign(new Error('injected'), { extensions: { code: failing.code } });
  }
}

/** How far back data is kept. */
const RETENTION_MS = 31 * 86_400_000;

/**
 * Throws for a query that goes too far back, like the real API: the old days are not left out, but the whole part is an
 * error.
 */
function checkAge({ filter }: Groups, now: number): void {
  if (Date.parse(`${filter.date_geq}T00:00:00Z`) >= now - RETENTION_MS) return;
  const message = `cannot request data older than ${RETENTION_MS / 1000}s`;
  throw Object.assign(new Error(message), { extensions: { code: 'quota' } });
}

const dimensionsOf = ({ fieldNodes: [node] }: GraphQLResolveInfo): readonly string[] => {
  const text = node?.loc?.source.body.slice(node.loc.start, node.loc.end) ?? '';
  return /dimensions \{ ([^}]*) \}/.exec(text)?.[1]?.split(' ') ?? [];
};

function isMeant(row: Counted, account: string, { filter }: Groups): boolean {
  const { date_geq: from = '', date_leq: to = '9', namespaceId: only, namespaceId_in: some } = filter;
  return (
    row.account === account &&
    row.day >= String(from) &&
    row.day <= String(to) &&
    (only === undefined || row.namespace === only) &&
    (!Array.isArray(some) || some.includes(row.namespace))
  );
}

function grouped<T extends Counted & { readonly action?: string }>(
  rows: readonly T[],
  dimensions: readonly string[],
  { limit, orderBy: [order] = [] }: Groups,
  of: (own: readonly T[], dimensions: Readonly<Record<string, unknown>>) => unknown,
): unknown[] {
  const dimension: Readonly<Record<string, (row: T) => string | undefined>> = {
    date: ({ day }) => day,
    namespaceId: ({ namespace }) => namespace,
    actionType: ({ action }) => action,
  };
  const sign = order === undefined ? 0 : order === 'date_ASC' ? 1 : -1;
  const ordered = rows.toSorted((a, b) => (a.day < b.day ? -sign : a.day > b.day ? sign : 0));
  const groups = Map.groupBy(ordered, (row) => dimensions.map((name) => dimension[name]?.(row)).join(' '));
  return [...groups.values()].slice(0, limit).map((own) => {
    const [first] = own;
    const named = first ? dimensions.map((name) => [name, dimension[name]?.(first)]) : [];
    return of(own, Object.fromEntries(named));
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

function quantile(rows: readonly CountedOperations[], part: number): number | null {
  const sorted = rows.map(({ latency }) => latency).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? null;
}
