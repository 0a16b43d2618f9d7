import { dayAfter } from '../core/usage/days.ts';

/*
 * The questions of the usage page to the GraphQL API. Only what is documented stands in the first one; the second asks
 * by namespace, which the API has and its documentation of KV does not show, so that it may be refused alone.
 */

/** Today and the days before it; a question about an older day is refused. */
const DAYS_KEPT = 31;
/** More rows than this come in no answer. */
export const MOST_ROWS = 10_000;

export interface UsageRange {
  /** Days, `YYYY-MM-DD`. */
  readonly from: string;
  readonly to: string;
  readonly monthFrom: string;
}

/** Ids and days go into the text as they are: both are checked to be nothing else. */
export function totalsQuery(account: string, range: UsageRange, namespaces: readonly string[] | undefined): string {
  const { from, to, monthFrom } = range;
  const only = namespaces === undefined ? '' : `, ${whereNamespaces(namespaces)}`;
  const [own, ...others] = namespaces ?? [];
  return query(account, [
    rows('operations', 'kvOperationsAdaptiveGroups', `${between(from, to)}${only}`, [
      'sum { requests }',
      'quantiles { latencyMsP50 latencyMsP99 }',
      'dimensions { date actionType }',
    ]),
    rows('latency', 'kvOperationsAdaptiveGroups', `${between(from, to)}${only}`, [
      'quantiles { latencyMsP50 latencyMsP99 }',
      'dimensions { actionType }',
    ]),
    rows('month', 'kvOperationsAdaptiveGroups', between(monthFrom, to), [
      'sum { requests }',
      'dimensions { date actionType }',
    ]),
    // The largest of several namespaces is not what they have together.
    ...(own !== undefined && others.length === 0
      ? [rows('ownStorage', 'kvStorageAdaptiveGroups', `${between(from, to)}${only}`, [STORED, 'dimensions { date }'])]
      : []),
  ]);
}

/**
 * Storage from one day earlier, where that can be asked for: what was kept then stands in for a namespace whose first
 * number has not come.
 */
export function namespacesQuery(account: string, { from, to, monthFrom }: UsageRange): string {
  const before = dayAfter(from < monthFrom ? from : monthFrom, -1);
  const oldest = dayAfter(to, 1 - DAYS_KEPT);
  const storageFrom = before < oldest ? oldest : before;
  return query(account, [
    rows('namespaces', 'kvOperationsAdaptiveGroups', between(from, to), [
      'sum { requests }',
      'dimensions { namespaceId actionType }',
    ]),
    rows('storage', 'kvStorageAdaptiveGroups', between(storageFrom, to), [STORED, 'dimensions { date namespaceId }']),
  ]);
}

const STORED = 'max { keyCount byteCount }';

const between = (from: string, to: string): string => `date_geq: "${from}", date_leq: "${to}"`;

const whereNamespaces = (ids: readonly string[]): string =>
  ids.length === 1 ? `namespaceId: "${ids[0]}"` : `namespaceId_in: [${ids.map((id) => `"${id}"`).join(', ')}]`;

const rows = (name: string, dataset: string, filter: string, fields: readonly string[]): string =>
  `${name}: ${dataset}(limit: ${MOST_ROWS}, filter: { ${filter} }${newestFirst(fields)}) { ${fields.join(' ')} }`;

/** Where there are more rows than one answer holds, the oldest are to be missing. */
const newestFirst = (fields: readonly string[]): string =>
  fields.some((field) => /^dimensions \{.*\bdate\b/.test(field)) ? ', orderBy: [date_DESC]' : '';

const query = (account: string, parts: readonly string[]): string =>
  `query { viewer { accounts(filter: { accountTag: "${account}" }) { ${parts.join(' ')} } } }`;
