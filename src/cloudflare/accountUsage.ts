import * as l10n from '@vscode/l10n';
import { untilCancelled } from '../core/base/cancel.ts';
import { isKvError } from '../core/base/errors.ts';
import { isTable, type Table } from '../core/base/table.ts';
import type { Timing } from '../core/base/timing.ts';
import type { OperationKind } from '../core/cost/pricing.ts';
import { dayAfter, dayOf, monthStart } from '../core/usage/days.ts';
import type {
  DayReading,
  Quantiles,
  StorageReading,
  UsageGap,
  UsageQuery,
  UsageReadings,
} from '../core/usage/readings.ts';
import { readingUsage, toKvError } from './errors.ts';
import { FailedRequest } from './failure.ts';
import { tablesOf } from './json.ts';
import type { GraphqlError, Requests } from './requests.ts';
import type { ServerClock } from './serverClock.ts';
import { MOST_ROWS, namespacesQuery, totalsQuery, type UsageRange } from './usageQueries.ts';
import { checkIds } from './valuePath.ts';

/** How long answers are kept: the numbers are some minutes late anyway. */
const KEPT_MS = 5 * 60_000;

/** The parts of an answer. A part that is missing is `undefined`. */
interface Parts {
  readonly rows: ReadonlyMap<string, readonly Table[]>;
  readonly gaps: readonly UsageGap[];
}

interface UsageHost {
  readonly requests: Requests;
  /** The id of the account. */
  readonly account: string;
  readonly clock: ServerClock;
  readonly timing: Timing;
}

/** Reads an account's own usage, with at most two requests, whose answers are kept for five minutes. */
export class AccountUsage {
  readonly #host: UsageHost;
  readonly #kept = new Map<string, { readonly at: number; readonly parts: Promise<Parts> }>();

  constructor(host: UsageHost) {
    this.#host = host;
  }

  /** Rejects if there is no answer at all. If only some parts are missing, they are in `gaps`. */
  async read({ namespaces, days }: UsageQuery, signal?: AbortSignal): Promise<UsageReadings> {
    const { account, clock } = this.#host;
    checkIds(account, ...(namespaces ?? []));
    const now = clock.now() * 1000;
    const to = dayOf(now);
    const range: UsageRange = { from: dayAfter(to, 1 - days), to, monthFrom: monthStart(to) };
    const ofAll = totalsQuery(account, range, namespaces);
    const ofEach = namespacesQuery(account, range);
    const totals = this.#ask(ofAll, TOTALS);
    const others = this.#ask(ofEach, BY_NAMESPACE).catch(asGaps);
    const [{ rows, gaps }, byNamespace] = await untilCancelled(Promise.all([totals, others]), signal);
    const storage = byNamespace.rows.get('storage')?.flatMap(toStorage);
    const ownStorage = rows.get('ownStorage')?.flatMap(toOwnStorage);
    return {
      // The page shows both answers, so the age it states must be that of the older one.
      at: Math.min(this.#askedAt(ofAll, now), this.#askedAt(ofEach, now)),
      operations: rows.get('operations')?.flatMap(toDay),
      latency: rows.get('latency')?.flatMap(toLatency),
      month: rows.get('month')?.flatMap(toDay),
      namespaces: byNamespace.rows.get('namespaces')?.flatMap(toNamespace),
      storage,
      ownStorage,
      gaps: [...gaps, ...byNamespace.gaps],
    };
  }

  #askedAt(text: string, now: number): number {
    const kept = this.#kept.get(text);
    return kept === undefined ? now : now - (this.#host.timing.now() - kept.at);
  }

  async #ask(text: string, parts: PartNames): Promise<Parts> {
    const { timing } = this.#host;
    const kept = this.#kept.get(text);
    if (kept && timing.now() - kept.at < KEPT_MS) return await kept.parts;
    for (const [old, { at }] of this.#kept) if (timing.now() - at >= KEPT_MS) this.#kept.delete(old);
    const asked = this.#send(text, parts);
    this.#kept.set(text, { at: timing.now(), parts: asked });
    try {
      const answer = await asked;
      // Parts that are missing may arrive with the next request.
      if (answer.gaps.length > 0) this.#kept.delete(text);
      return answer;
    } catch (error) {
      this.#kept.delete(text);
      throw error;
    }
  }

  async #send(text: string, names: PartNames): Promise<Parts> {
    try {
      const { data, errors } = await this.#host.requests.graphql({
        name: 'read usage',
        priority: 'interactive',
        send: (client, options) => client.post('/graphql', { ...options, body: { query: text } }).asResponse(),
      });
      const parts = partsOf(data, errors, names);
      if (parts.rows.size === 0) throw nothingCame(errors);
      return parts;
    } catch (error) {
      throw toKvError(error, readingUsage);
    }
  }
}

/** Which part of the page each list belongs to. */
type PartNames = Readonly<Record<string, UsageGap['part']>>;

const TOTALS: PartNames = { operations: 'operations', latency: 'latency', month: 'plan', ownStorage: 'storage' };
const BY_NAMESPACE: PartNames = { namespaces: 'namespaces', storage: 'storage' };

function asGaps(error: unknown): Parts {
  if (!isKvError(error)) throw error;
  const parts = Object.values(BY_NAMESPACE);
  return { rows: new Map(), gaps: parts.map((part) => ({ part, reason: error.message })) };
}

function partsOf(data: unknown, errors: readonly GraphqlError[], names: PartNames): Parts {
  const viewer = isTable(data) && isTable(data.viewer) ? data.viewer : {};
  const [account = {}] = tablesOf(viewer.accounts);
  const rows = new Map<string, readonly Table[]>();
  const gaps: UsageGap[] = [];
  for (const [name, part] of Object.entries(names)) {
    const list = account[name];
    if (Array.isArray(list)) rows.set(name, list.length < MOST_ROWS ? tablesOf(list) : wholeDays(tablesOf(list)));
    if (Array.isArray(list) && list.length >= MOST_ROWS) gaps.push({ part, reason: tooMany(list) });
    // An error that names no part concerns all of them.
    const own = errors.find(({ path }) => path.includes(name) || !path.some((step) => String(step) in names));
    if (own || (!Array.isArray(list) && name !== 'ownStorage')) gaps.push({ part, reason: reasonOf(own) });
  }
  return { rows, gaps };
}

const dayIn = ({ dimensions }: Table): string | undefined => textIn(dimensions, 'date');

/** If an answer has as many rows as fit, those of the oldest day may be incomplete, so they are dropped. */
function wholeDays(rows: readonly Table[]): readonly Table[] {
  const oldest = rows
    .flatMap((row) => dayIn(row) ?? [])
    .sort()
    .at(0);
  return oldest === undefined ? rows : rows.filter((row) => dayIn(row) !== oldest);
}

/** Formatted like the errors of the REST API. */
function nothingCame(errors: readonly GraphqlError[]): FailedRequest {
  const detail = `read usage: ${errors.map(({ code, message }) => `${code} ${message}`).join(', ')}`.slice(0, 300);
  return new FailedRequest(
    errors.some(({ code }) => code === 'authz')
      ? { kind: 'refused', status: 403, codes: [10000], detail }
      : { kind: 'refused', status: 500, codes: [], detail },
  );
}

/** Rows with days come newest first; the order of other rows is not known. */
const tooMany = (rows: readonly unknown[]): string =>
  tablesOf(rows).some((row) => dayIn(row) !== undefined)
    ? l10n.t('The account has more rows of numbers than one answer holds; the oldest are missing. Ask for fewer days.')
    : l10n.t('The account has more rows of numbers than one answer holds; some are missing.');

const reasonOf = (error: GraphqlError | undefined): string => {
  if (error?.code === 'authz') {
    return l10n.t('The sign-in may not read these numbers. It needs the permission “{0}”.', readingUsage.permission);
  }
  return l10n.t('Cloudflare did not give these numbers. Try again later.');
};

const KINDS: Readonly<Record<string, OperationKind>> = {
  read: 'reads',
  write: 'writes',
  delete: 'deletes',
  list: 'lists',
};

const numberIn = (table: unknown, name: string): number | undefined => {
  const value = isTable(table) ? table[name] : undefined;
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
};

const textIn = (table: unknown, name: string): string | undefined => {
  const value = isTable(table) ? table[name] : undefined;
  return typeof value === 'string' ? value : undefined;
};

const quantilesOf = ({ quantiles }: Table): Quantiles => ({
  p50: numberIn(quantiles, 'latencyMsP50'),
  p99: numberIn(quantiles, 'latencyMsP99'),
});

const kindOf = ({ dimensions }: Table): OperationKind | undefined => KINDS[textIn(dimensions, 'actionType') ?? ''];

function toDay(row: Table): DayReading[] {
  const day = textIn(row.dimensions, 'date');
  const kind = kindOf(row);
  const requests = numberIn(row.sum, 'requests');
  return day === undefined || kind === undefined || requests === undefined
    ? []
    : [{ day, kind, requests, ...quantilesOf(row) }];
}

function toLatency(row: Table): ({ kind: OperationKind } & Quantiles)[] {
  const kind = kindOf(row);
  return kind === undefined ? [] : [{ kind, ...quantilesOf(row) }];
}

function toNamespace(row: Table): { namespace: string; kind: OperationKind; requests: number }[] {
  const namespace = textIn(row.dimensions, 'namespaceId');
  const kind = kindOf(row);
  const requests = numberIn(row.sum, 'requests');
  return namespace === undefined || kind === undefined || requests === undefined ? [] : [{ namespace, kind, requests }];
}

function toOwnStorage(row: Table): Omit<StorageReading, 'namespace'>[] {
  const day = textIn(row.dimensions, 'date');
  const keys = numberIn(row.max, 'keyCount');
  const bytes = numberIn(row.max, 'byteCount');
  return day === undefined || keys === undefined || bytes === undefined ? [] : [{ day, keys, bytes }];
}

function toStorage(row: Table): StorageReading[] {
  const namespace = textIn(row.dimensions, 'namespaceId');
  return namespace === undefined ? [] : toOwnStorage(row).map((own) => ({ ...own, namespace }));
}
